/** Image encoders in float64, written as loops from their published structure. They share nothing with the program's graphs. */
import { numbersOf, type Tensors } from '../families/tensors';

/** Pixels by channel: value(c, y, x) = data[(c * height + y) * width + x]. */
export interface Field {
  readonly data: Float64Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Where zeros stand around an image that a convolution takes, and how far the convolution moves. */
interface Walk {
  readonly before: number;
  readonly stride: number;
}

/** An image encoder's weights, by the names of the checkpoint. */
export class Float64Layers {
  constructor(
    private readonly weights: Tensors,
    private readonly groups = 32,
  ) {}

  has(name: string): boolean {
    return this.weights.has(name);
  }

  weight(name: string): Float32Array {
    const tensor = this.weights.get(name);
    if (!tensor) throw new Error(`The checkpoint lacks ${name}.`);
    return numbersOf(tensor);
  }

  /** A convolution of a square kernel. @param slice of a kernel in time: which slice; all of a kernel in space */
  conv(x: Field, name: string, walk?: Walk, slice?: { readonly index: number; readonly of: number }): Field {
    const bias = this.weight(`${name}.bias`);
    const { index, of } = slice ?? { index: 0, of: 1 };
    const stored = this.weight(`${name}.weight`);
    const area = stored.length / bias.length / x.channels / of;
    const kernel = Math.sqrt(area);
    const { before, stride } = walk ?? { before: (kernel - 1) / 2, stride: 1 };
    const [height, width] = [x.height / stride, x.width / stride];
    const data = new Float64Array(bias.length * height * width);
    for (let out = 0; out < bias.length; out++) {
      for (let y = 0; y < height; y++) {
        for (let column = 0; column < width; column++) {
          let sum = bias[out] ?? NaN;
          for (let from = 0; from < x.channels; from++) {
            for (let i = 0; i < kernel; i++) {
              for (let j = 0; j < kernel; j++) {
                const [row, place] = [y * stride + i - before, column * stride + j - before];
                if (row < 0 || row >= x.height || place < 0 || place >= x.width) continue;
                sum +=
                  (stored[((out * x.channels + from) * of + index) * area + i * kernel + j] ?? NaN) *
                  (x.data[(from * x.height + row) * x.width + place] ?? NaN);
              }
            }
          }
          data[(out * height + y) * width + column] = sum;
        }
      }
    }
    return { data, channels: bias.length, height, width };
  }

  groupNorm(x: Field, name: string): Field {
    const [gain, bias] = [this.weight(`${name}.weight`), this.weight(`${name}.bias`)];
    const cells = x.height * x.width;
    const size = (x.channels / this.groups) * cells;
    const data = new Float64Array(x.data.length);
    for (let group = 0; group < this.groups; group++) {
      const part = x.data.subarray(group * size, (group + 1) * size);
      const mean = part.reduce((sum, value) => sum + value, 0) / size;
      const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
      for (let i = 0; i < size; i++) {
        const channel = Math.floor((group * size + i) / cells);
        const normed = ((part[i] ?? NaN) - mean) / Math.sqrt(variance + 1e-6);
        data[group * size + i] = normed * (gain[channel] ?? NaN) + (bias[channel] ?? NaN);
      }
    }
    return { ...x, data };
  }

  batchNorm(x: Field, name: string): Field {
    const parts = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
      this.weight(`${name}.${part}`),
    );
    const data = x.data.map((value, i) => {
      const channel = Math.floor(i / (x.height * x.width));
      const [gain = NaN, bias = NaN, mean = NaN, variance = NaN] = parts.map((part) => part[channel] ?? NaN);
      return ((value - mean) / Math.sqrt(variance + 1e-5)) * gain + bias;
    });
    return { ...x, data };
  }

  residual(x: Field, name: string): Field {
    const first = this.conv(swish(this.groupNorm(x, `${name}.norm1`)), `${name}.conv1`);
    const second = this.conv(swish(this.groupNorm(first, `${name}.norm2`)), `${name}.conv2`);
    return added(this.has(`${name}.nin_shortcut.weight`) ? this.conv(x, `${name}.nin_shortcut`) : x, second);
  }

  attention(x: Field, name: string): Field {
    const normed = this.groupNorm(x, `${name}.norm`);
    const [q, k, v] = ['q', 'k', 'v'].map((part) => this.conv(normed, `${name}.${part}`).data);
    const cells = x.height * x.width;
    const mixed = new Float64Array(x.data.length);
    for (let i = 0; i < cells; i++) {
      const scores = Array.from({ length: cells }, (_, j) => {
        let sum = 0;
        for (let c = 0; c < x.channels; c++) sum += (q?.[c * cells + i] ?? NaN) * (k?.[c * cells + j] ?? NaN);
        return sum / Math.sqrt(x.channels);
      });
      const highest = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - highest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let c = 0; c < x.channels; c++) {
        mixed[c * cells + i] = powers.reduce(
          (sum, power, j) => sum + (power / total) * (v?.[c * cells + j] ?? NaN),
          0,
        );
      }
    }
    return added(x, this.conv({ ...x, data: mixed }, `${name}.proj_out`));
  }

  /** For each cell the code at the smallest distance. @param isOnSphere whether vectors and codes have length 1 first */
  nearestCodes(
    { data, channels: dim, height, width }: Field,
    codebook: string,
    isOnSphere: boolean,
  ): number[] {
    const codes = this.weight(codebook);
    const cells = height * width;
    return Array.from({ length: cells }, (_, cell) => {
      const vector = Array.from({ length: dim }, (_, d) => data[d * cells + cell] ?? NaN);
      const distances = Array.from({ length: codes.length / dim }, (_, code) => {
        const entry = Array.from(codes.subarray(code * dim, (code + 1) * dim));
        const [a, b] = isOnSphere ? [toLength1(vector), toLength1(entry)] : [vector, entry];
        return a.reduce((sum, value, d) => sum + (value - (b[d] ?? NaN)) ** 2, 0);
      });
      return distances.indexOf(Math.min(...distances));
    });
  }
}

/** VQ-16's encoder. @param tensors by their published names @returns vectors of the cells [codebookDim, H, W] */
export function encodeVq16(layers: Float64Layers, picture: Field): Field {
  let x = layers.conv(picture, 'encoder.conv_in');
  for (let level = 0; layers.has(`encoder.conv_blocks.${level}.res.0.conv1.weight`); level++) {
    const name = `encoder.conv_blocks.${level}`;
    for (let i = 0; layers.has(`${name}.res.${i}.conv1.weight`); i++) {
      x = layers.residual(x, `${name}.res.${i}`);
      if (layers.has(`${name}.attn.${i}.q.weight`)) x = layers.attention(x, `${name}.attn.${i}`);
    }
    if (layers.has(`${name}.downsample.conv.weight`))
      x = layers.conv(x, `${name}.downsample.conv`, { before: 0, stride: 2 });
  }
  x = layers.residual(x, 'encoder.mid.0');
  x = layers.attention(x, 'encoder.mid.1');
  x = layers.residual(x, 'encoder.mid.2');
  x = layers.conv(swish(layers.groupNorm(x, 'encoder.norm_out')), 'encoder.conv_out');
  return layers.conv(x, 'quant_conv');
}

/** The encoder of Chameleon and, with its temporal stack, of Emu3. @returns vectors of the cells [codebookDim, H, W] */
export function encodeVqgan(layers: Float64Layers, picture: Field): Field {
  let x = layers.conv(picture, 'encoder.conv_in');
  for (let level = 0; layers.has(`encoder.down.${level}.block.0.conv1.weight`); level++) {
    const name = `encoder.down.${level}`;
    for (let i = 0; layers.has(`${name}.block.${i}.conv1.weight`); i++) {
      x = layers.residual(x, `${name}.block.${i}`);
      if (layers.has(`${name}.attn.${i}.q.weight`)) x = layers.attention(x, `${name}.attn.${i}`);
    }
    if (layers.has(`${name}.downsample.conv.weight`))
      x = layers.conv(x, `${name}.downsample.conv`, { before: 0, stride: 2 });
  }
  x = layers.residual(x, 'encoder.mid.block_1');
  x = layers.attention(x, 'encoder.mid.attn_1');
  x = layers.residual(x, 'encoder.mid.block_2');
  x = layers.conv(swish(layers.groupNorm(x, 'encoder.norm_out')), 'encoder.conv_out');
  return layers.has('quant_conv.weight') ? layers.conv(x, 'quant_conv') : inTime(layers, x);
}

/** Emu3: the picture four times, as a film. Each convolution in time sees frames of zeros before the first one. */
function inTime(layers: Float64Layers, x: Field): Field {
  let film = [x, x, x, x];
  for (let i = 0; layers.has(`encoder.time_conv.${i}.conv.conv.weight`); i++)
    film = timeConv(layers, film, `encoder.time_conv.${i}.conv.conv`, { kernel: 4, stride: 2 }).map(swish);
  for (let i = 0; layers.has(`encoder.time_res_stack.${i}.norm1.weight`); i++) {
    const name = `encoder.time_res_stack.${i}`;
    const half = (from: readonly Field[], part: 1 | 2): Field[] => {
      const normed = from.map((frame) => swish(layers.batchNorm(frame, `${name}.norm${part}`)));
      return timeConv(layers, normed, `${name}.conv${part}.conv`, { kernel: 3, stride: 1 });
    };
    const second = half(half(film, 1), 2);
    film = film.map((frame, t) => added(frame, second[t] ?? frame));
  }
  const [frame = x, ...more] = timeConv(layers, film, 'quant_conv.conv', { kernel: 3, stride: 1 });
  if (more.length > 0) throw new Error('The temporal stack left several frames.');
  return frame;
}

/** A causal convolution in time and space: two frames of zeros, then the film. */
function timeConv(
  layers: Float64Layers,
  film: readonly Field[],
  name: string,
  { kernel, stride }: { readonly kernel: number; readonly stride: number },
): Field[] {
  const [first] = film;
  if (!first) throw new Error('A film has a frame.');
  const zeros = { ...first, data: new Float64Array(first.data.length) };
  const padded = [zeros, zeros, ...film];
  const bias = layers.weight(`${name}.bias`);
  const count = Math.floor((padded.length - kernel) / stride) + 1;
  return Array.from({ length: count }, (_, t) => {
    const parts = Array.from({ length: kernel }, (_, index) =>
      layers.conv(padded[t * stride + index] ?? zeros, name, undefined, { index, of: kernel }),
    );
    // Each part has the bias, and the sum must have it once.
    const [one, ...others] = parts;
    if (!one) throw new Error('A kernel has a slice.');
    const cells = one.height * one.width;
    return others.reduce(
      (sum, part) => ({
        ...sum,
        data: sum.data.map(
          (value, i) => value + (part.data[i] ?? NaN) - (bias[Math.floor(i / cells)] ?? NaN),
        ),
      }),
      one,
    );
  });
}

/** The encoder of `training/`: squares of pixels as channels, then few layers. @returns vectors of the cells */
export function encodeFolded(layers: Float64Layers, picture: Field, fold: number): Field {
  const [height, width] = [picture.height / fold, picture.width / fold];
  const folded = new Float64Array(picture.data.length);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < picture.height; y++)
      for (let x = 0; x < picture.width; x++) {
        const channel = (c * fold + (y % fold)) * fold + (x % fold);
        const cell = (channel * height + Math.floor(y / fold)) * width + Math.floor(x / fold);
        folded[cell] = picture.data[(c * picture.height + y) * picture.width + x] ?? NaN;
      }
  const name = (layer: number): string => `encoder.layers.${layer}`;
  let x = layers.conv({ data: folded, channels: 3 * fold * fold, height, width }, name(1));
  x = layers.residual(layers.residual(x, name(2)), name(3));
  x = layers.conv(x, name(4), { before: 1, stride: 2 });
  x = layers.residual(layers.attention(layers.residual(x, name(5)), name(6)), name(7));
  return layers.conv(swish(layers.groupNorm(x, name(8))), name(10));
}

function swish(x: Field): Field {
  return { ...x, data: x.data.map((value) => value / (1 + Math.exp(-value))) };
}

function added(a: Field, b: Field): Field {
  return { ...a, data: a.data.map((value, i) => value + (b.data[i] ?? NaN)) };
}

function toLength1(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}
