import type { WeightSource } from '../checkpoint';
import { Float, type GraphBuilder, type Value } from '../onnx/graph-builder';

/** VQGAN's building blocks, by their names in the checkpoint. */
export class VqLayers {
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
