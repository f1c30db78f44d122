import type { CodebookIndex, RasterPosition } from './token-grid';

/**
 * A number in [0, 1) that depends only on the seed, the cell and the number of the draw. Acceptance tests use it. Tokens are
 * drawn with `tokenNoise`.
 *
 * @param seed integer 0..2^32-1
 * @param draw number of the draw at this cell: a decoder that draws again for one cell counts up
 * @returns a multiple of 2^-53
 */
export function uniformAt(seed: number, position: RasterPosition, draw = 0): number {
  const [left, right] = philox(seed, position, draw);
  return ((left >>> 5) * 2 ** 26 + (right >>> 6)) / 2 ** 53;
}

/**
 * The noise of one draw at one cell: two words from which the noise of each token follows. The words depend only on the
 * seed, the cell and the number of the draw. This has three uses. The same seed gives the same picture, whatever else is in
 * the batch. A window of W equals raster order, token for token. Two decoders can be compared under the same noise.
 *
 * Draw 0 of a cell is shared by all decoders. A decoder that draws again for one cell, or tests an acceptance, counts up.
 */
export interface TokenNoise {
  /** Integer 0..2^32-1. */
  readonly first: number;
  /** Integer 0..2^32-1. */
  readonly second: number;
}

/** @param seed integer 0..2^32-1 */
export function tokenNoise(seed: number, position: RasterPosition, draw = 0): TokenNoise {
  const [first, second] = philox(seed, position, draw);
  return { first, second };
}

/**
 * The noise of a token as an integer 0..2^32-1.
 *
 * Each round multiplies x by 2x + 1, which permutes the integers below 2^32 (RC6 uses it). Then it adds the upper half to the
 * lower half and exchanges the halves. Graphs on a device compute the same bits: addition, multiplication and division are
 * all that this needs.
 */
export function noiseWord({ first, second }: TokenNoise, token: CodebookIndex): number {
  let x = (Math.imul(token, TOKEN_MULTIPLIER) + first) | 0;
  x = (noiseRound(x) + second) | 0;
  x = (noiseRound(x) + first) | 0;
  return noiseRound(x) >>> 0;
}

/** Spreads tokens over all words. Odd, so that no two tokens meet. */
export const TOKEN_MULTIPLIER = 0x9e3779b1;

function noiseRound(x: number): number {
  const product = Math.imul(x, (2 * x + 1) | 0);
  const upper = product >>> 16;
  return ((product + upper) << 16) | upper;
}

/**
 * A noise word as a number in (0, 1). Small numbers count: where the exponential noise of a token is least, it is drawn. So
 * they have the finest resolution.
 */
export function unitOf(word: number): number {
  return (word + 0.5) / 2 ** 32;
}

/**
 * The generator Philox 2x32 with 10 rounds: counter = (position, draw), key = seed.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
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
 * Version of the noise, and of how tokens are drawn with it. It changes whenever the same seed and logits no longer give the
 * same token. 1: one number for a cell, and the inverse of the cumulated distribution. 2: Gumbel noise for each token.
 */
export const NOISE_VERSION = 2;

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
