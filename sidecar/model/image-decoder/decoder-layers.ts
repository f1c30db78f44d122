import type { WeightSource } from '../checkpoint';
import { Float, type GraphBuilder, type Value } from '../onnx/graph-builder';
import { nameInCheckpoint } from './decoder-naming';
import type { ImageTokenizerShape } from './decoder-shape';
import { firstBand, mapBands, valueOf, whole, type Band, type Image, type Place } from './image-bands';

const GROUP_NORM_EPSILON = 1e-6;
const BATCH_NORM_EPSILON = 1e-5;
/** Slices of a temporal kernel. Convolutions in time are causal, so the first frame meets only the last slice. */
const TIME_KERNEL = 3;
/** Slices of a temporal kernel that halves the number of frames. */
const HALVING_TIME_KERNEL = 4;
/** A convolution that halves the side. */
const HALVING = { kernel_shape: [3, 3], strides: [2, 2] };
/** The axis of the rows in a value [1, channels, rows, width]. */
const ROWS = 2;

/**
 * VQGAN's building blocks, named as in VQGAN. All shapes are written into the graph, so ONNX Runtime computes in place where
 * it can. An image of several bands is computed band by band. The result is the same but for rounding.
 */
export class DecoderLayers {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly checkpoint: WeightSource,
    private readonly shape: ImageTokenizerShape,
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

  /** All vectors of the codebook, [codebookSize, codebookDim]. */
  codebook(): Value {
    const { codebookSize, codebookDim } = this.shape;
    return this.weight('quantize.embedding.weight', [codebookSize, codebookDim]);
  }

  /** Convolution that halves the side. Zeros are put to the right and below only, as VQGAN does. @param x with bands of even height */
  halved(x: Image, name: string): Image {
    const { channels } = x;
    const weight = this.weight(`${name}.weight`, [channels, channels, 3, 3]);
    const bias = this.weight(`${name}.bias`, [channels]);
    const bands = x.bands.map(({ value, rows }, index): Band => {
      const below = x.bands[index + 1];
      const seen = below
        ? this.graph.op('Concat', [value, this.rowsOf(below.value, 0, 1)], { axis: ROWS })
        : value;
      const pads = [0, 0, below ? 0 : 1, 1];
      const half = this.graph.op('Conv', [seen, weight, bias], { ...HALVING, pads });
      return { value: half, rows: rows / 2 };
    });
    return { bands, channels, height: x.height / 2, width: x.width / 2 };
  }

  /** Convolution that halves the side of an image of one band. Zeros are put on all sides. */
  halvedEvenly(x: Image, name: string, out: number): Image {
    const weight = this.weight(`${name}.weight`, [out, x.channels, 3, 3]);
    const bias = this.weight(`${name}.bias`, [out]);
    const half = this.graph.op('Conv', [valueOf(x), weight, bias], { ...HALVING, pads: [1, 1, 1, 1] });
    return whole(half, { channels: out, height: x.height / 2, width: x.width / 2 });
  }

  /**
   * Convolution in space and time that halves the number of frames. It is causal: two frames of zeros stand before the first
   * frame.
   * @param frames of one band each; their number is even
   */
  halvedInTime(frames: readonly Image[], name: string): readonly Image[] {
    const { graph } = this;
    const [first] = frames;
    if (!first) throw new Error('A film has a frame.');
    const { channels } = first;
    const stored = this.weight(`${name}.weight`, [channels, channels, HALVING_TIME_KERNEL, 3, 3]);
    const byTime = graph.op('Transpose', [stored], { perm: [0, 2, 1, 3, 4] });
    const bias = this.weight(`${name}.bias`, [channels]);
    return Array.from({ length: frames.length / 2 }, (_, i) => {
      const seen = frames.slice(Math.max(0, 2 * i - 2), 2 * i + 2);
      // Slices of the kernel that meet zeros are left out.
      const from = graph.int64([HALVING_TIME_KERNEL - seen.length]);
      const slices = graph.op('Slice', [byTime, from, graph.int64([HALVING_TIME_KERNEL]), graph.int64([1])]);
      const inner = channels * seen.length;
      const weight = graph.op('Reshape', [slices, graph.int64([channels, inner, 3, 3])]);
      const value = graph.op('Concat', seen.map(valueOf), { axis: 1 });
      return this.convolve(whole(value, { ...first, channels: inner }), weight, bias, channels, 3);
    });
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
    return this.sum(shortcut, second);
  }

  /** A residual block of the temporal stack. */
  timeResidual(x: Image, name: string): Image {
    const half = (from: Image, part: 1 | 2): Image => {
      const normed = this.swish(this.batchNorm(from, `${name}.norm${part}`));
      return this.timeConv(normed, `${name}.conv${part}.conv`, x.channels, 3);
    };
    return this.sum(x, half(half(x, 1), 2));
  }

  /** Single-head attention over all cells: softmax(q^T k / sqrt(C)) applied to v. @param x of one band */
  attention(x: Image, name: string): Image {
    const { graph } = this;
    const { channels, height, width } = x;
    const cells = height * width;
    const normed = this.norm(x, `${name}.norm`);
    const flat = (part: string): Value =>
      graph.op('Reshape', [
        valueOf(this.pointwise(normed, `${name}.${part}`)),
        graph.int64([1, channels, cells]),
      ]);
    const scale = graph.float32(Float32Array.of(channels ** -0.5), []);
    const query = graph.op('Transpose', [graph.op('Mul', [flat('q'), scale])], { perm: [0, 2, 1] });
    const weights = graph.op('Softmax', [graph.op('MatMul', [query, flat('k')])], { axis: 2 });
    const values = graph.op('Transpose', [flat('v')], { perm: [0, 2, 1] });
    const mixed = graph.op('Transpose', [graph.op('MatMul', [weights, values])], { perm: [0, 2, 1] });
    const image = whole(graph.op('Reshape', [mixed, this.shapeOf(x, height)]), x);
    return this.sum(x, this.pointwise(image, `${name}.proj_out`));
  }

  /** Group norm; where the decoder has spatial norms, scaled and shifted by the codes at each place. */
  norm(x: Image, name: string): Image {
    if (this.codes) return this.spatialNorm(x, this.codes, name);
    const weight = this.perChannel(`${name}.weight`, x);
    const bias = this.perChannel(`${name}.bias`, x);
    return this.groupNorm(x, (normed) => this.affine(normed, weight, bias));
  }

  swish(x: Image): Image {
    const { graph } = this;
    return mapBands(x, ({ value }) => graph.op('Mul', [value, graph.op('Sigmoid', [value])]));
  }

  /** Twice the side: each cell copied to a square of 2 by 2. */
  doubled(x: Image): Image {
    const { graph } = this;
    const scales = graph.float32(Float32Array.of(1, 1, 2, 2), [4]);
    const bands = x.bands.map(({ value, rows }): Band => ({
      value: graph.op('Resize', [value, '' as Value, scales], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
      rows: rows * 2,
    }));
    return { ...x, bands, height: x.height * 2, width: x.width * 2 };
  }

  /** The image in bands. @param x of one band @param rows of each band; their sum is the height of the image */
  inBands(x: Image, rows: readonly number[]): Image {
    const value = valueOf(x);
    let from = 0;
    const bands = rows.map((count): Band => ({
      value: this.rowsOf(value, from, (from += count)),
      rows: count,
    }));
    return { ...x, bands };
  }

  /** The image as one value [1, channels, height, width]. */
  joined({ bands }: Image): Value {
    const [first, ...others] = bands.map(({ value }) => value);
    if (first === undefined) throw new Error('An image has a band.');
    return others.length === 0 ? first : this.graph.op('Concat', [first, ...others], { axis: ROWS });
  }

  /**
   * The value itself, not available before another value is computed. ONNX Runtime computes what it can as early as it can.
   * Without this, it would convolve the codes for all norms at the beginning, and keep gigabytes.
   */
  private computedAfter(value: Value, other: Value): Value {
    const { graph } = this;
    const first = graph.op('Slice', [other, graph.int64([0, 0, 0, 0]), graph.int64([1, 1, 1, 1])]);
    const nothing = graph.op('Mul', [first, graph.float32(Float32Array.of(0), [])]);
    return graph.op('Add', [value, nothing]);
  }

  /**
   * (g * weight + bias) * y + b, where g is the group norm, and y and b are 1x1 convolutions of the codes. It is computed as
   * g * (weight * y) + (bias * y + b). The parentheses have one number for each cell of the codes, and a cell covers a square of
   * the image. Enlarged to the image, each of them would take as much memory as the image.
   */
  private spatialNorm(x: Image, codes: Image, name: string): Image {
    const { graph } = this;
    const factor = x.height / codes.height;
    const late = whole(this.computedAfter(valueOf(codes), firstBand(x).value), codes);
    const convolved = (part: string): Value => valueOf(this.conv(late, `${name}.${part}`, x.channels, 1));
    const y = convolved('conv_y');
    const weight = this.perChannel(`${name}.norm_layer.weight`, x);
    const bias = this.perChannel(`${name}.norm_layer.bias`, x);
    const scale = graph.op('Mul', [y, weight]);
    const shift = graph.op('Add', [graph.op('Mul', [y, bias]), convolved('conv_b')]);
    return this.groupNorm(x, (normed, { from, rows }) => {
      const cells = rows / factor;
      const squares = graph.int64([x.channels * cells, factor, codes.width, factor]);
      const perSquare = (value: Value): Value => {
        const part =
          cells === codes.height ? value : this.rowsOf(value, from / factor, (from + rows) / factor);
        return graph.op('Reshape', [part, graph.int64([x.channels * cells, 1, codes.width, 1])]);
      };
      const shifted = this.affine(graph.op('Reshape', [normed, squares]), perSquare(scale), perSquare(shift));
      return graph.op('Reshape', [shifted, this.shapeOf(x, rows)]);
    });
  }

  /**
   * Group norm without weight and bias, and what follows it in each band. Over one band it is an instance norm over the groups,
   * because every provider has one kernel for that.
   */
  private groupNorm(x: Image, then: (normed: Value, band: Place) => Value): Image {
    const { graph } = this;
    const groups = this.shape.normGroups;
    const grouped = ({ value, rows }: Band): Value =>
      graph.op('Reshape', [value, graph.int64([1, groups, (x.channels / groups) * rows * x.width])]);
    const back = (value: Value, { rows }: Band): Value => graph.op('Reshape', [value, this.shapeOf(x, rows)]);
    if (x.bands.length === 1)
      return mapBands(x, (band, place) => {
        const ones = graph.float32(new Float32Array(groups).fill(1), [groups]);
        const zeros = graph.float32(new Float32Array(groups), [groups]);
        const normed = graph.op('InstanceNormalization', [grouped(band), ones, zeros], {
          epsilon: new Float(GROUP_NORM_EPSILON),
        });
        return then(back(normed, band), place);
      });
    const share = graph.float32(Float32Array.of(1 / ((x.channels / groups) * x.height * x.width)), []);
    const meanOver = (type: 'ReduceSum' | 'ReduceSumSquare', of: (band: Band) => Value): Value => {
      const sums = x.bands.map((band) => graph.op(type, [of(band), graph.int64([2])], { keepdims: 1 }));
      return graph.op('Mul', [this.total(sums), share]);
    };
    const mean = meanOver('ReduceSum', grouped);
    const variance = meanOver('ReduceSumSquare', (band) => graph.op('Sub', [grouped(band), mean]));
    const epsilon = graph.float32(Float32Array.of(GROUP_NORM_EPSILON), []);
    const scale = graph.op('Reciprocal', [graph.op('Sqrt', [graph.op('Add', [variance, epsilon])])]);
    // (x - mean) * scale as x * scale - mean * scale. ONNX Runtime would compute x - mean once for both uses, and keep it.
    const shift = graph.op('Neg', [graph.op('Mul', [mean, scale])]);
    return mapBands(x, (band, place) => then(back(this.affine(grouped(band), scale, shift), band), place));
  }

  private total(values: readonly Value[]): Value {
    return values.reduce((sum, value) => this.graph.op('Add', [sum, value]));
  }

  private affine(value: Value, scale: Value, shift: Value): Value {
    return this.graph.op('Add', [this.graph.op('Mul', [value, scale]), shift]);
  }

  /** A weight with one number for each channel of an image, in the form [1, channels, 1, 1]. */
  private perChannel(name: string, { channels }: Image): Value {
    return this.graph.op('Reshape', [this.weight(name, [channels]), this.graph.int64([1, channels, 1, 1])]);
  }

  private sum(a: Image, b: Image): Image {
    return mapBands(a, ({ value }, { index }) => {
      const other = b.bands[index];
      if (!other) throw new Error('Two images of a sum have the same bands.');
      return this.graph.op('Add', [value, other.value]);
    });
  }

  /** Rows `from` to `to` of a value [1, channels, rows, width], without `to`. */
  private rowsOf(value: Value, from: number, to: number): Value {
    const { graph } = this;
    return graph.op('Slice', [value, graph.int64([from]), graph.int64([to]), graph.int64([ROWS])]);
  }

  /** Batch norm by the statistics of training. */
  private batchNorm(x: Image, name: string): Image {
    const parts = ['weight', 'bias', 'running_mean', 'running_var'];
    const weights = parts.map((part) => this.weight(`${name}.${part}`, [x.channels]));
    return mapBands(x, ({ value }) =>
      this.graph.op('BatchNormalization', [value, ...weights], { epsilon: new Float(BATCH_NORM_EPSILON) }),
    );
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
    const convolved = mapBands(x, (band, { index }) => {
      const above = pad > 0 ? x.bands[index - 1] : undefined;
      const below = pad > 0 ? x.bands[index + 1] : undefined;
      const rows = [
        ...(above ? [this.rowsOf(above.value, above.rows - pad, above.rows)] : []),
        band.value,
        ...(below ? [this.rowsOf(below.value, 0, pad)] : []),
      ];
      const value = rows.length === 1 ? band.value : this.graph.op('Concat', rows, { axis: ROWS });
      return this.graph.op('Conv', [value, weight, bias], {
        kernel_shape: [kernel, kernel],
        pads: [above ? 0 : pad, pad, below ? 0 : pad, pad],
      });
    });
    return { ...convolved, channels: out };
  }

  private weight(name: string, shape: readonly number[]): Value {
    const stored = nameInCheckpoint(this.shape.naming, name);
    return this.graph.weight(stored, this.checkpoint.tensor(stored, shape));
  }

  private shapeOf({ channels, width }: Image, rows: number): Value {
    return this.graph.int64([1, channels, rows, width]);
  }
}
