/** The image decoder of MaskGIT's VQGAN in 64-bit numbers, from what its published code says. */
import { numbersOf, type Tensors } from './tensors';

/** Channels of [height, width]. */
interface Planes {
  readonly height: number;
  readonly width: number;
  readonly channels: readonly Float64Array[];
}

/** Draws codes. @param levels number of levels @returns [3, height, width], nominally 0..1 */
export function drawMaskgit(
  tensors: Tensors,
  codes: readonly number[],
  [height, width]: readonly [number, number],
  levels: number,
): number[] {
  const numbers = (name: string): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`There is no ${name}.`);
    return numbersOf(tensor);
  };
  const conv = (x: Planes, name: string): Planes => {
    const bias = tensors.has(`${name}.bias`) ? numbers(`${name}.bias`) : undefined;
    const [, , side = 1] = tensors.get(`${name}.weight`)?.shape ?? [];
    return convolved(x, numbers(`${name}.weight`), bias, side);
  };
  const normed = (x: Planes, name: string): Planes =>
    silu(groupNorm(x, numbers(`${name}.weight`), numbers(`${name}.bias`)));
  const residual = (x: Planes, name: string): Planes => {
    const h = conv(
      normed(conv(normed(x, `${name}.norm1`), `${name}.conv1`), `${name}.norm2`),
      `${name}.conv2`,
    );
    return sum(h, h.channels.length === x.channels.length ? x : conv(h, `${name}.nin_shortcut`));
  };

  const table = numbers('quantize.embedding.weight');
  const codeDim = tensors.get('quantize.embedding.weight')?.shape[1] ?? NaN;
  let x: Planes = {
    ...{ height, width },
    channels: Array.from({ length: codeDim }, (_, channel) =>
      Float64Array.from(codes, (code) => table[code * codeDim + channel] ?? NaN),
    ),
  };
  x = conv(x, 'decoder.conv_in');
  for (const block of [0, 1]) x = residual(x, `decoder.mid.${block}`);
  for (let level = levels - 1; level >= 0; level--) {
    for (const block of [0, 1]) x = residual(x, `decoder.up.${level}.block.${block}`);
    if (level > 0) x = conv(doubled(x), `decoder.up.${level}.upsample_conv`);
  }
  return conv(normed(x, 'decoder.norm_out'), 'decoder.conv_out').channels.flatMap((plane) => [...plane]);
}

function mapPlanes(x: Planes, map: (plane: Float64Array, channel: number) => Float64Array): Planes {
  return { ...x, channels: x.channels.map(map) };
}

/** A convolution with one zero around for a side of 3. */
function convolved(x: Planes, weight: Float32Array, bias: Float32Array | undefined, side: number): Planes {
  const { height, width, channels } = x;
  const out = weight.length / channels.length / side ** 2;
  const pad = (side - 1) / 2;
  return {
    ...{ height, width },
    channels: Array.from({ length: out }, (_, to) => {
      const plane = new Float64Array(height * width).fill(bias?.[to] ?? 0);
      for (const [from, source] of channels.entries()) {
        for (let dy = 0; dy < side; dy++) {
          for (let dx = 0; dx < side; dx++) {
            const factor = weight[((to * channels.length + from) * side + dy) * side + dx] ?? NaN;
            for (let row = 0; row < height; row++) {
              const y = row + dy - pad;
              if (y < 0 || y >= height) continue;
              for (let column = 0; column < width; column++) {
                const at = column + dx - pad;
                if (at < 0 || at >= width) continue;
                plane[row * width + column] =
                  (plane[row * width + column] ?? NaN) + factor * (source[y * width + at] ?? NaN);
              }
            }
          }
        }
      }
      return plane;
    }),
  };
}

function groupNorm(x: Planes, weight: Float32Array, bias: Float32Array): Planes {
  const size = x.channels.length / 32;
  const groups = Array.from({ length: 32 }, (_, group) => {
    const values = x.channels.slice(group * size, (group + 1) * size).flatMap((plane) => [...plane]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
    return { mean, scale: 1 / Math.sqrt(variance + 1e-6) };
  });
  return mapPlanes(x, (plane, channel) => {
    const { mean = NaN, scale = NaN } = groups[Math.floor(channel / size)] ?? {};
    return plane.map((value) => (value - mean) * scale * (weight[channel] ?? NaN) + (bias[channel] ?? NaN));
  });
}

function silu(x: Planes): Planes {
  return mapPlanes(x, (plane) => plane.map((value) => value / (1 + Math.exp(-value))));
}

function sum(a: Planes, b: Planes): Planes {
  return mapPlanes(a, (plane, channel) => plane.map((value, i) => value + (b.channels[channel]?.[i] ?? NaN)));
}

function doubled({ height, width, channels }: Planes): Planes {
  return {
    ...{ height: 2 * height, width: 2 * width },
    channels: channels.map((plane) =>
      Float64Array.from(
        { length: 4 * height * width },
        (_, i) => plane[Math.floor(i / (4 * width)) * width + Math.floor((i % (2 * width)) / 2)] ?? NaN,
      ),
    ),
  };
}
