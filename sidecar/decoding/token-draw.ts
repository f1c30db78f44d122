import { noiseWord, unitOf, type TokenNoise } from './noise';
import type { CodebookIndex } from './token-grid';

/** A token that was drawn, or that was the likeliest. */
export interface Draw {
  /** Place of the token in the array of weights. */
  readonly place: number;
  /** How far the value of the next best token lies behind, nats; Infinity when there was no other token. */
  readonly margin: number;
}

/**
 * Draws a token: the one with the greatest value ln w + g, where g = -ln(-ln(1 - u)) is Gumbel noise. This is a draw from the
 * weights, normalised (the Gumbel-max trick). A small change of the weights seldom changes the token. A comparison of
 * decoders needs this, and so does looking ahead.
 *
 * The greatest ln w + g is the least e / w, where e = -ln(1 - u) is exponential noise. Since e is never below u, most tokens
 * need no logarithm.
 *
 * @param weights 0 or more, at least one above 0; they need not sum to 1
 * @param tokens the token of each weight, by rising index; undefined: token i has weight i
 */
export function drawPlace(weights: Float64Array, noise: TokenNoise, tokens?: Uint32Array): Draw {
  let best = -1;
  let least = Infinity;
  let next = Infinity;
  for (let place = 0; place < weights.length; place++) {
    const weight = weights[place] ?? 0;
    if (!(weight > 0)) continue;
    if (best < 0) best = place;
    const unit = unitOf(noiseWord(noise, tokens ? (tokens[place] ?? 0) : place));
    if (unit >= next * weight) continue;
    const time = -Math.log1p(-unit) / weight;
    if (time < least) {
      best = place;
      next = least;
      least = time;
    } else if (time < next) next = time;
  }
  return { place: best, margin: next === Infinity ? Infinity : Math.log(next / least) };
}

/** Draws a token from the weights of a whole vocabulary, like `drawPlace`. */
export function drawToken(weights: Float64Array, noise: TokenNoise): CodebookIndex {
  return drawPlace(weights, noise).place;
}

/** The value of a token in a draw, ln w + g. @param logWeight ln w */
export function valueInDraw(logWeight: number, noise: TokenNoise, token: CodebookIndex): number {
  return logWeight - Math.log(-Math.log1p(-unitOf(noiseWord(noise, token))));
}
