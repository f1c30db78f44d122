import { noiseWord, unitOf, type TokenNoise } from './noise';
import type { CodebookIndex } from './token-grid';

/** The result of a draw. */
export interface Draw {
  /** The index of the drawn token in the array of weights. */
  readonly place: number;
  /** The difference between its value and the next lower value in the draw, in nats; Infinity if there is no other token. */
  readonly margin: number;
}

/**
 * Draws a token. Each token has a value ln w + g, where w is its weight and g = -ln(-ln(1 - u)) is Gumbel noise. The token with
 * the greatest value is drawn. So each token is drawn with a probability in proportion to its weight (the Gumbel-max trick). A
 * small change of the weights seldom changes the drawn token. The comparison of decoders and the lookahead need this.
 *
 * The token with the greatest ln w + g is also the token with the least e / w, where e = -ln(1 - u) is exponential noise. Since
 * e is never less than u, most tokens need no logarithm.
 *
 * @param weights 0 or more, at least one above 0; their sum need not be 1
 * @param tokens the token of each weight, in rising order; undefined means that token i has the weight i
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
