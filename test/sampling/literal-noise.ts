import type { TokenNoise } from '../../sidecar/decoding/noise';

const WORD = 1n << 32n;

/** The noise of a token as its definition reads, in whole numbers without a limit. */
export function noiseWord({ first, second }: TokenNoise, token: number): number {
  let x = (BigInt(token) * 0x9e3779b1n + BigInt(first)) % WORD;
  for (const added of [second, first, 0]) {
    x = (x * (2n * x + 1n)) % WORD;
    const upper = x >> 16n;
    const lower = x % 65536n;
    x = ((lower + upper) % 65536n) * 65536n + upper;
    x = (x + BigInt(added)) % WORD;
  }
  return Number(x);
}

/** Gumbel noise of a token: -ln(-ln(1 - u)). */
export function gumbel(noise: TokenNoise, token: number): number {
  return -Math.log(-Math.log1p(-(noiseWord(noise, token) + 0.5) / 2 ** 32));
}
