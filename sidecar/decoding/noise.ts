import type { CodebookIndex, RasterPosition } from './token-grid';

/**
 * A random number in [0, 1) that depends only on the seed, the cell and the number of the draw. It decides whether a draft is
 * confirmed (SCD, PJD), and whether a candidate is accepted (ZipAR adaptive). Tokens are drawn with `tokenNoise` instead.
 *
 * @param seed integer 0..2^32-1
 * @param draw the number of the draw at this cell, from 0. Draws with different numbers are independent of one another
 * @returns a multiple of 2^-53
 */
export function uniformAt(seed: number, position: RasterPosition, draw = 0): number {
  const [left, right] = philox(seed, position, draw);
  return ((left >>> 5) * 2 ** 26 + (right >>> 6)) / 2 ** 53;
}

/**
 * The noise of one draw at one cell. It is two words, and `noiseWord` computes the noise of each token from them. The words
 * depend only on the seed, the cell and the number of the draw. This has three effects:
 * - The same seed gives the same picture. It does not matter which other cells a step decides.
 * - With a window as wide as the grid, ZipAR decides the same tokens as raster order.
 * - Two decoders can be compared under the same noise.
 *
 * Draw 0 of a cell is the same in all decoders. A decoder may repeat draw 0 with other logits: a lookahead does so in each step
 * that evaluates the cell. Further random numbers of a cell, independent of draw 0, have the numbers 1, 2 and so on.
 */
export interface TokenNoise {
  /** Integer 0..2^32-1. */
  readonly first: number;
  /** Integer 0..2^32-1. */
  readonly second: number;
}

/**
 * The noise of a draw.
 * @param seed integer 0..2^32-1
 * @param draw the number of the draw at this cell, from 0
 */
export function tokenNoise(seed: number, position: RasterPosition, draw = 0): TokenNoise {
  const [first, second] = philox(seed, position, draw);
  return { first, second };
}

/**
 * The noise of a token as an integer 0..2^32-1.
 *
 * Each of three rounds multiplies x by 2x + 1, modulo 2^32. This maps the integers below 2^32 one to one onto themselves (the
 * cipher RC6 uses it). Then the round adds the upper 16 bits to the lower 16 bits and exchanges these halves. A graph on a
 * device computes the same bits, because this needs addition, multiplication and division only.
 */
export function noiseWord({ first, second }: TokenNoise, token: CodebookIndex): number {
  let x = (Math.imul(token, TOKEN_MULTIPLIER) + first) | 0;
  x = (noiseRound(x) + second) | 0;
  x = (noiseRound(x) + first) | 0;
  return noiseRound(x) >>> 0;
}

/** Multiplies a token, so that tokens next to one another get distant words. It is odd, so no two tokens get the same word. */
export const TOKEN_MULTIPLIER = 0x9e3779b1;

function noiseRound(x: number): number {
  const product = Math.imul(x, (2 * x + 1) | 0);
  const upper = product >>> 16;
  return ((product + upper) << 16) | upper;
}

/**
 * A noise word as a number u in (0, 1), without the ends 0 and 1. Neighbouring words differ by 2^-32 everywhere. A draw
 * computes the exponential noise -ln(1 - u) of each token, and divides it by the token's weight. It takes the token with the
 * least quotient (`token-draw.ts`).
 */
export function unitOf(word: number): number {
  return (word + 0.5) / 2 ** 32;
}

/**
 * The random number generator Philox 2x32 with 10 rounds. Its counter is (position, draw), and its key is the seed.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * @returns two integers 0..2^32-1
 */
function philox(seed: number, position: RasterPosition, draw: number): [left: number, right: number] {
  let left = position >>> 0;
  let right = draw >>> 0;
  let key = seed >>> 0;
  for (let round = 0; round < 10; round++) {
    const [high, low] = multiplyWide(PHILOX_MULTIPLIER, left);
    left = (high ^ key ^ right) >>> 0;
    right = low;
    key = (key + PHILOX_WEYL) >>> 0;
  }
  return [left, right];
}

/**
 * The version of the noise, and of the way in which tokens are drawn with it. It must change when the same seed and logits
 * give another token. Version 1 had one random number for each cell, and looked it up in the summed probabilities. Version 2
 * has Gumbel noise for each token.
 */
export const NOISE_VERSION = 2;

const PHILOX_MULTIPLIER = 0xd256d193;
const PHILOX_WEYL = 0x9e3779b9;

/**
 * The product of two 32-bit integers as two 32-bit integers. It multiplies halves of 16 bits, because a JavaScript number
 * holds these partial products exactly.
 */
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
