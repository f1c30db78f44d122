import type { Float32Tensor } from '../../sidecar/model/weights/write-safetensors';
import type { NamedShape } from './llamagen-shapes';

/** Standard deviation of weights in LlamaGen's own initialisation. */
const STANDARD_DEVIATION = 0.02;
const PIECE = 1 << 18;

/**
 * Makes tensors filled with noise, computed while they are written. Gains of norms are 1, and biases are 0. Everything else is
 * uniform, with mean 0 and the standard deviation of LlamaGen's initialisation.
 * @param seed integer 0..2^32-1; the same seed gives the same tensors in every format
 */
export function randomTensors(shapes: readonly NamedShape[], seed: number): Float32Tensor[] {
  return shapes.map(([name, shape], i) => ({
    name,
    shape,
    data: pieces(
      shape.reduce((product, length) => product * length, 1),
      filler(name, shape, mixed(seed, i)),
    ),
  }));
}

function* pieces(elements: number, fill: (piece: Float32Array) => void): Generator<Float32Array> {
  const piece = new Float32Array(Math.min(PIECE, elements));
  for (let done = 0; done < elements; done += PIECE) {
    const next = piece.subarray(0, Math.min(PIECE, elements - done));
    fill(next);
    yield next;
  }
}

function filler(name: string, shape: readonly number[], seed: number): (piece: Float32Array) => void {
  if (name.endsWith('.bias')) return (piece) => piece.fill(0);
  if (shape.length === 1) return (piece) => piece.fill(1);
  const scale = (2 * STANDARD_DEVIATION * Math.sqrt(3)) / 2 ** 32;
  let state = seed;
  return (piece) => {
    for (let i = 0; i < piece.length; i++) {
      state = (state + 0x6d2b79f5) | 0;
      piece[i] = mixed(state, 0) * scale - STANDARD_DEVIATION * Math.sqrt(3);
    }
  };
}

/** Mixes two integers into an integer 0..2^32-1 (the finaliser of MurmurHash3). */
function mixed(a: number, b: number): number {
  let h = (a ^ Math.imul(b, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
