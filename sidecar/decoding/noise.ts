import type { RasterPosition } from './token-grid';

/**
 * The randomness of a run: a number in [0, 1) that depends only on the seed and the cell. This has three uses. The same
 * seed gives the same picture, whatever else is in the batch. A window of W equals raster order, token for token. Two
 * decoders can be compared under the same noise.
 *
 * The generator is Philox 2x32 with 10 rounds: counter = (position, draw), key = seed.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 *
 * @param seed integer 0..2^32-1
 * @param draw number of the draw at this cell: a decoder that draws again for one cell counts up
 * @returns a multiple of 2^-53
 */
export function uniformAt(seed: number, position: RasterPosition, draw = 0): number {
  let left = position >>> 0;
  let right = draw >>> 0;
  let key = seed >>> 0;
  for (let round = 0; round < 10; round++) {
    const [high, low] = multiplyWide(PHILOX_MULTIPLIER, left);
    left = (high ^ key ^ right) >>> 0;
    right = low;
    key = (key + PHILOX_WEYL) >>> 0;
  }
  return ((left >>> 5) * 2 ** 26 + (right >>> 6)) / 2 ** 53;
}

/**
 * Version of the noise, and of how tokens are drawn with it. It changes whenever the same seed and logits no longer give the
 * same token.
 */
export const NOISE_VERSION = 1;

const PHILOX_MULTIPLIER = 0xd256d193;
const PHILOX_WEYL = 0x9e3779b9;

/** 32 x 32 -> 64 bit product as [high, low]; doubles hold the partial products of 16-bit halves exactly. */
function multiplyWide(a: number, b: number): [high: number, low: number] {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middleLow = aLow * bHigh + (middle % 0x10000);
  const high = aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000);
  return [high >>> 0, (((middleLow & 0xffff) << 16) | (low & 0xffff)) >>> 0];
}
