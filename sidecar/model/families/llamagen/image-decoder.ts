import type { GridShape } from '../../../decoding/token-grid';
import { VqLayers } from '../../blocks/vq-layers';
import type { WeightSource } from '../../checkpoint';
import type { ImageDecoderPart } from '../../family';
import { GraphBuilder } from '../../onnx/graph-builder';
import { imageDecoderOperations } from './image-decoder-operations';
import type { VqManifest } from './manifest';

/** LlamaGen's VQ-16 image decoder (after VQGAN's). */
export class LlamaGenImageDecoder implements ImageDecoderPart {
  readonly weights: string;
  readonly describedBy = 'the manifest';
  readonly codes: number;
  readonly patch: number;

  constructor(
    readonly folder: string,
    readonly manifest: VqManifest,
  ) {
    this.weights = manifest.weights;
    this.codes = manifest.codebookSize;
    this.patch = manifest.downsample;
  }

  operations(grid: GridShape): number {
    return imageDecoderOperations(this.manifest, grid);
  }

  write(grid: GridShape, weights: WeightSource, provider = 'cpu'): Uint8Array<ArrayBuffer> {
    return buildImageDecoder(this.manifest, grid, weights, provider);
  }

  byteOf(value: number): number {
    return Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 255);
  }
}

/**
 * The graph of the image decoder over the checkpoint in place. The codebook's vectors are l2-normalised. A convolution and a
 * middle part with attention follow. Then come levels of residual blocks; each but the last doubles the side.
 *
 * Input `tokens` int64 [1, H*W]; output `image` float [1, 3, H*downsample, W*downsample], nominally -1..1.
 */
function buildImageDecoder(
  vq: VqManifest,
  grid: GridShape,
  checkpoint: WeightSource,
  provider: string,
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
