import type { GridShape } from '../decoding/token-grid';
import type { WeightSource } from './checkpoint';
import type { VqManifest } from './model-manifest';
import { Float, GraphBuilder, type Value } from './onnx/graph-builder';

/**
 * LlamaGen's VQ-16 image decoder (after VQGAN's) as an ONNX graph over the checkpoint in place. The codebook's vectors are
 * l2-normalised. A convolution and a middle part with attention follow. Then come levels of residual blocks; each but the
 * last doubles the side.
 *
 * Input `tokens` int64 [1, H*W]; output `image` float [1, 3, H*downsample, W*downsample], nominally -1..1.
 */
export function buildVqDecoderGraph(
  vq: VqManifest,
  grid: GridShape,
  checkpoint: WeightSource,
  provider = 'cpu',
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('vq-decoder', checkpoint.folder, provider);
  const layers = new VqLayers(graph, checkpoint, vq.normGroups);
  const widths = vq.channelMultipliers.map((multiplier) => vq.channels * multiplier);
  const lowest = widths.length - 1;

  const tokens = graph.input('tokens', 'int64', [1, grid.height * grid.width]);
  const codebook = checkpoint.tensor('quantize.embedding.weight', [vq.codebookSize, vq.codebookDim]);
  const codes = graph.op('LpNormalization', [graph.rows('quantize.embedding.weight', codebook, tokens)], {
    axis: -1,
    p: 2,
  });
  const image = graph.op(
    'Transpose',
    [graph.op('Reshape', [codes, graph.int64([1, grid.height, grid.width, vq.codebookDim])])],
    { perm: [0, 3, 1, 2] },
  );

  let x = layers.conv(image, 'post_quant_conv', vq.codebookDim, vq.zChannels, 1);
  let width = widths[lowest] ?? vq.channels;
  x = layers.conv(x, 'decoder.conv_in', vq.zChannels, width, 3);
  x = layers.residual(x, 'decoder.mid.0', width, width);
  x = layers.attention(x, 'decoder.mid.1', width);
  x = layers.residual(x, 'decoder.mid.2', width, width);
  for (let level = lowest; level >= 0; level--) {
    const block = `decoder.conv_blocks.${lowest - level}`;
    const out = widths[level] ?? vq.channels;
    for (let i = 0; i <= vq.resBlocks; i++) {
      x = layers.residual(x, `${block}.res.${i}`, width, out);
      width = out;
      if (level === lowest) x = layers.attention(x, `${block}.attn.${i}`, width);
    }
    if (level > 0) x = layers.conv(layers.twiceAsLarge(x), `${block}.upsample.conv`, width, width, 3);
  }
  x = layers.conv(
    layers.swish(layers.groupNorm(x, 'decoder.norm_out', width)),
    'decoder.conv_out',
    width,
    3,
    3,
  );
  graph.output(x, 'image', 'float32', [1, 3, grid.height * vq.downsample, grid.width * vq.downsample]);
  return graph.build();
}

/** VQGAN's building blocks, by their names in the checkpoint. */
class VqLayers {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly checkpoint: WeightSource,
    private readonly groups: number,
  ) {}

  /** Convolution with padding that keeps the side. */
  conv(x: Value, name: string, inChannels: number, outChannels: number, kernel: 1 | 3): Value {
    const pad = (kernel - 1) / 2;
    return this.graph.op(
      'Conv',
      [
        x,
        this.weight(`${name}.weight`, [outChannels, inChannels, kernel, kernel]),
        this.weight(`${name}.bias`, [outChannels]),
      ],
      { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] },
    );
  }

  residual(x: Value, name: string, inChannels: number, outChannels: number): Value {
    const first = this.conv(
      this.swish(this.groupNorm(x, `${name}.norm1`, inChannels)),
      `${name}.conv1`,
      inChannels,
      outChannels,
      3,
    );
    const second = this.conv(
      this.swish(this.groupNorm(first, `${name}.norm2`, outChannels)),
      `${name}.conv2`,
      outChannels,
      outChannels,
      3,
    );
    const shortcut =
      inChannels === outChannels ? x : this.conv(x, `${name}.nin_shortcut`, inChannels, outChannels, 1);
    return this.graph.op('Add', [shortcut, second]);
  }

  /** Single-head attention over all cells: softmax(q^T k / sqrt(C)) applied to v. */
  attention(x: Value, name: string, channels: number): Value {
    const { graph } = this;
    const normed = this.groupNorm(x, `${name}.norm`, channels);
    const flat = (part: string): Value =>
      graph.op('Reshape', [
        this.conv(normed, `${name}.${part}`, channels, channels, 1),
        graph.int64([1, channels, -1]),
      ]);
    const query = graph.op('Transpose', [flat('q')], { perm: [0, 2, 1] });
    const scores = graph.op('Mul', [graph.op('MatMul', [query, flat('k')]), this.scalar(channels ** -0.5)]);
    const weights = graph.op('Transpose', [graph.op('Softmax', [scores], { axis: 2 })], { perm: [0, 2, 1] });
    const mixed = graph.op('Reshape', [graph.op('MatMul', [flat('v'), weights]), graph.op('Shape', [x])]);
    return graph.op('Add', [x, this.conv(mixed, `${name}.proj_out`, channels, channels, 1)]);
  }

  /** Group norm, computed as an instance norm over the groups: every provider has one kernel for it. */
  groupNorm(x: Value, name: string, channels: number): Value {
    const { graph, groups } = this;
    const grouped = graph.op('Reshape', [x, graph.int64([1, groups, -1])]);
    const normed = graph.op('InstanceNormalization', [grouped, this.filled(1), this.filled(0)], {
      epsilon: new Float(1e-6),
    });
    const back = graph.op('Reshape', [normed, graph.op('Shape', [x])]);
    const perChannel = (part: string): Value =>
      graph.op('Reshape', [this.weight(`${name}.${part}`, [channels]), graph.int64([channels, 1, 1])]);
    return graph.op('Add', [graph.op('Mul', [back, perChannel('weight')]), perChannel('bias')]);
  }

  swish(x: Value): Value {
    return this.graph.op('Mul', [x, this.graph.op('Sigmoid', [x])]);
  }

  twiceAsLarge(x: Value): Value {
    const scales = this.graph.float32(Float32Array.of(1, 1, 2, 2), [4]);
    return this.graph.op('Resize', [x, '' as Value, scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }

  private weight(name: string, shape: readonly number[]): Value {
    return this.graph.weight(name, this.checkpoint.tensor(name, shape));
  }

  private scalar(value: number): Value {
    return this.graph.float32(Float32Array.of(value), []);
  }

  private filled(value: number): Value {
    return this.graph.float32(new Float32Array(this.groups).fill(value), [this.groups]);
  }
}
