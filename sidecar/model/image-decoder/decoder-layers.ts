import type { WeightSource } from '../checkpoint';
import { Float, type GraphBuilder, type Value } from '../onnx/graph-builder';
import { nameInCheckpoint } from './decoder-naming';
import type { ImageDecoderShape } from './decoder-shape';

/** Channels, rows and columns of an image: the value [1, channels, height, width]. */
export interface Image {
  readonly value: Value;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

const GROUP_NORM_EPSILON = 1e-6;
const BATCH_NORM_EPSILON = 1e-5;
/** Slices of a temporal kernel. Convolutions in time are causal, so the first frame meets only the last slice. */
const TIME_KERNEL = 3;

/**
 * VQGAN's building blocks, named as in VQGAN. All shapes are written into the graph, so ONNX Runtime computes in place where
 * it can. A large picture's intermediate results take hundreds of megabytes each.
 */
export class DecoderLayers {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly checkpoint: WeightSource,
    private readonly shape: ImageDecoderShape,
    /** The codes that a spatial norm reads; undefined where norms are plain. */
    private readonly codes?: Image,
  ) {}

  /** Vectors of the codebook. @param indices int64 [1, n] @returns [1, n, codebookDim] */
  codebookRows(indices: Value): Value {
    const { codebookSize, codebookDim } = this.shape;
    const name = nameInCheckpoint(this.shape.naming, 'quantize.embedding.weight');
    return this.graph.rows(name, this.checkpoint.tensor(name, [codebookSize, codebookDim]), indices);
  }

  /** Convolution with padding that keeps the side. */
  conv(x: Image, name: string, out: number, kernel: 1 | 3): Image {
    const weight = this.weight(`${name}.weight`, [out, x.channels, kernel, kernel]);
    return this.convolve(x, weight, this.weight(`${name}.bias`, [out]), out, kernel);
  }

  /** Convolution in space and time of a single frame. @param kernel in space; in time it is 3 */
  timeConv(x: Image, name: string, out: number, kernel: 1 | 3): Image {
    const { graph } = this;
    const whole = this.weight(`${name}.weight`, [out, x.channels, TIME_KERNEL, kernel, kernel]);
    const last = graph.op('Gather', [whole, graph.int64(TIME_KERNEL - 1)], { axis: 2 });
    return this.convolve(x, last, this.weight(`${name}.bias`, [out]), out, kernel);
  }

  residual(x: Image, name: string, out: number): Image {
    const first = this.conv(this.swish(this.norm(x, `${name}.norm1`)), `${name}.conv1`, out, 3);
    const second = this.conv(this.swish(this.norm(first, `${name}.norm2`)), `${name}.conv2`, out, 3);
    const shortcut = x.channels === out ? x : this.conv(x, `${name}.nin_shortcut`, out, 1);
    return { ...second, value: this.graph.op('Add', [shortcut.value, second.value]) };
  }

  /** A residual block of the temporal stack. */
  timeResidual(x: Image, name: string): Image {
    const half = (from: Image, part: 1 | 2): Image => {
      const normed = this.swish(this.batchNorm(from, `${name}.norm${part}`));
      return this.timeConv(normed, `${name}.conv${part}.conv`, x.channels, 3);
    };
    return { ...x, value: this.graph.op('Add', [x.value, half(half(x, 1), 2).value]) };
  }

  /** Single-head attention over all cells: softmax(q^T k / sqrt(C)) applied to v. */
  attention(x: Image, name: string): Image {
    const { graph } = this;
    const { channels, height, width } = x;
    const cells = height * width;
    const normed = this.norm(x, `${name}.norm`);
    const flat = (part: string): Value =>
      graph.op('Reshape', [
        this.pointwise(normed, `${name}.${part}`).value,
        graph.int64([1, channels, cells]),
      ]);
    const scale = graph.float32(Float32Array.of(channels ** -0.5), []);
    const query = graph.op('Transpose', [graph.op('Mul', [flat('q'), scale])], { perm: [0, 2, 1] });
    const weights = graph.op('Softmax', [graph.op('MatMul', [query, flat('k')])], { axis: 2 });
    const values = graph.op('Transpose', [flat('v')], { perm: [0, 2, 1] });
    const mixed = graph.op('Transpose', [graph.op('MatMul', [weights, values])], { perm: [0, 2, 1] });
    const image = { ...x, value: graph.op('Reshape', [mixed, this.shapeOf(x)]) };
    return { ...x, value: graph.op('Add', [x.value, this.pointwise(image, `${name}.proj_out`).value]) };
  }

  /** Group norm; where the decoder has spatial norms, scaled and shifted by the codes at each place. */
  norm(x: Image, name: string): Image {
    if (!this.codes) return this.groupNorm(x, name);
    const { graph, codes } = this;
    // A 1x1 convolution may come before the enlargement: each cell is copied, and the result is the same.
    const atEachPlace = (part: string, before: Value): Value => {
      const late = { ...codes, value: this.computedAfter(codes.value, before) };
      return this.enlarged(this.conv(late, `${name}.${part}`, x.channels, 1), x.height / codes.height).value;
    };
    const normed = this.groupNorm(x, `${name}.norm_layer`).value;
    const scaled = graph.op('Mul', [normed, atEachPlace('conv_y', normed)]);
    return { ...x, value: graph.op('Add', [scaled, atEachPlace('conv_b', scaled)]) };
  }

  swish(x: Image): Image {
    return { ...x, value: this.graph.op('Mul', [x.value, this.graph.op('Sigmoid', [x.value])]) };
  }

  /** Each cell copied to a square of `factor` by `factor` cells. */
  enlarged(x: Image, factor: number): Image {
    if (factor === 1) return x;
    const scales = this.graph.float32(Float32Array.of(1, 1, factor, factor), [4]);
    const value = this.graph.op('Resize', [x.value, '' as Value, scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
    return { ...x, value, height: x.height * factor, width: x.width * factor };
  }

  /**
   * The value itself, not available before another value is computed. ONNX Runtime computes what it can as early as it can.
   * Without this, it would enlarge the codes for all norms at the beginning, and keep gigabytes.
   */
  private computedAfter(value: Value, other: Value): Value {
    const { graph } = this;
    const first = graph.op('Slice', [other, graph.int64([0, 0, 0, 0]), graph.int64([1, 1, 1, 1])]);
    const nothing = graph.op('Mul', [first, graph.float32(Float32Array.of(0), [])]);
    return graph.op('Add', [value, nothing]);
  }

  /** Group norm, computed as an instance norm over the groups: every provider has one kernel for it. */
  private groupNorm(x: Image, name: string): Image {
    const { graph } = this;
    const groups = this.shape.normGroups;
    const elements = (x.channels / groups) * x.height * x.width;
    const grouped = graph.op('Reshape', [x.value, graph.int64([1, groups, elements])]);
    const normed = graph.op('InstanceNormalization', [grouped, this.filled(1), this.filled(0)], {
      epsilon: new Float(GROUP_NORM_EPSILON),
    });
    const back = graph.op('Reshape', [normed, this.shapeOf(x)]);
    const perChannel = (part: string): Value =>
      graph.op('Reshape', [this.weight(`${name}.${part}`, [x.channels]), graph.int64([1, x.channels, 1, 1])]);
    const scaled = graph.op('Mul', [back, perChannel('weight')]);
    return { ...x, value: graph.op('Add', [scaled, perChannel('bias')]) };
  }

  /** Batch norm by the statistics of training. */
  private batchNorm(x: Image, name: string): Image {
    const parts = ['weight', 'bias', 'running_mean', 'running_var'];
    const weights = parts.map((part) => this.weight(`${name}.${part}`, [x.channels]));
    const value = this.graph.op('BatchNormalization', [x.value, ...weights], {
      epsilon: new Float(BATCH_NORM_EPSILON),
    });
    return { ...x, value };
  }

  /** A 1x1 convolution of an attention. Hugging Face stores some of them as matrices. */
  private pointwise(x: Image, name: string): Image {
    if (!this.shape.hasAttentionMatrices) return this.conv(x, name, x.channels, 1);
    const stored = nameInCheckpoint(this.shape.naming, `${name}.weight`);
    const matrix = this.checkpoint.tensor(stored, [x.channels, x.channels]);
    const weight = this.graph.weight(stored, { ...matrix, shape: [x.channels, x.channels, 1, 1] });
    return this.convolve(x, weight, this.weight(`${name}.bias`, [x.channels]), x.channels, 1);
  }

  private convolve(x: Image, weight: Value, bias: Value, out: number, kernel: 1 | 3): Image {
    const pad = (kernel - 1) / 2;
    const value = this.graph.op('Conv', [x.value, weight, bias], {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
    });
    return { ...x, value, channels: out };
  }

  private weight(name: string, shape: readonly number[]): Value {
    const stored = nameInCheckpoint(this.shape.naming, name);
    return this.graph.weight(stored, this.checkpoint.tensor(stored, shape));
  }

  private shapeOf({ channels, height, width }: Image): Value {
    return this.graph.int64([1, channels, height, width]);
  }

  private filled(value: number): Value {
    const { normGroups } = this.shape;
    return this.graph.float32(new Float32Array(normGroups).fill(value), [normGroups]);
  }
}
