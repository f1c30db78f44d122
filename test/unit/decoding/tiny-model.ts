import type { DecodedStep, SeededSampling } from '../../../sidecar/decoding/decoder';
import type { Forward } from '../../../sidecar/decoding/forward';
import { uniformAt } from '../../../sidecar/decoding/noise';
import { distributionOf } from '../../../sidecar/decoding/sampling';
import {
  inputsBefore,
  RasterLayout,
  type RowTerminators,
  type SequenceLayout,
} from '../../../sidecar/decoding/sequence-layout';
import type { GridShape } from '../../../sidecar/decoding/token-grid';
import { sees, type TokenInput } from '../../../sidecar/decoding/token-input';

/** A model whose pictures can be counted: few cells, few tokens, and logits that depend strongly on all that a query sees. */
class TinyForward implements Forward {
  readonly layout: SequenceLayout;
  private kept: TokenInput[] = [];

  constructor(
    private readonly model: TinyModel,
    terminators: RowTerminators = { after: 'no-row' },
  ) {
    this.layout = new RasterLayout(model.grid, terminators);
  }

  start(): Promise<Float32Array> {
    this.kept = [];
    return Promise.resolve(this.model.logits([]));
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<Float32Array[]> {
    this.kept.push(...inputs);
    return Promise.resolve(
      predicting.map((i) => {
        const query = inputs[i];
        if (!query) throw new Error(`There is no input ${i}.`);
        const seen = this.kept.filter((key) => key === query || sees(query, key));
        seen.sort((a, b) => a.position - b.position);
        if (new Set(seen.map(({ position }) => position)).size < seen.length)
          throw new Error('A query sees two tokens at one position.');
        return this.model.logits(seen);
      }),
    );
  }

  forget(inputs: readonly TokenInput[]): void {
    this.kept = this.kept.filter((input) => !inputs.includes(input));
  }
}

export class TinyModel {
  private readonly known = new Map<string, Float32Array>();

  constructor(
    readonly grid: GridShape,
    readonly codes: number,
    private readonly seed: number,
  ) {}

  logits(seen: readonly TokenInput[]): Float32Array {
    const key = seen.map(({ position, token }) => `${position}:${token}`).join();
    const known = this.known.get(key);
    if (known) return known;
    const number = this.known.size;
    const logits = Float32Array.from(
      { length: this.codes },
      (_, token) => 3 * uniformAt(this.seed, number, token),
    );
    this.known.set(key, logits);
    return logits;
  }

  /** The probability of every picture in raster order, by the picture's tokens. */
  probabilities(sampling: SeededSampling): Map<string, number> {
    const { layout } = new TinyForward(this);
    const cells = this.grid.height * this.grid.width;
    let pictures = new Map<string, { tokens: readonly number[]; p: number }>([['', { tokens: [], p: 1 }]]);
    for (let cell = 0; cell < cells; cell++) {
      const longer = new Map<string, { tokens: readonly number[]; p: number }>();
      for (const { tokens, p } of pictures.values()) {
        const seen = tokens.flatMap((_, i) => inputsBefore(layout, i + 1, (at) => tokens[at] ?? NaN));
        for (const [token, share] of distributionOf(this.logits(seen), sampling).entries()) {
          const next = [...tokens, token];
          if (share > 0) longer.set(next.join(), { tokens: next, p: p * share });
        }
      }
      pictures = longer;
    }
    return new Map([...pictures].map(([key, { p }]) => [key, p]));
  }
}

/** How many pictures of each kind there are among the seeds 0..total-1. */
export async function countPictures(
  model: TinyModel,
  total: number,
  sampling: Omit<SeededSampling, 'seed'>,
  decode: (forward: Forward, sampling: SeededSampling) => AsyncIterable<DecodedStep>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < total; seed++) {
    const tokens: number[] = [];
    for await (const { decisions } of decode(new TinyForward(model), { ...sampling, seed }))
      for (const { position, token } of decisions) tokens[position] = token;
    const key = tokens.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/**
 * How far counts lie from the expected ones, in standard deviations of chi-square above its mean. Right counts exceed 4 about
 * once in 10,000 times. Kinds that are expected less than five times are counted together.
 */
export function deviation(
  counts: ReadonlyMap<string, number>,
  probabilities: ReadonlyMap<string, number>,
): number {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  for (const key of counts.keys()) if (!probabilities.has(key)) return Infinity;
  const bins: { expected: number; counted: number }[] = [];
  const rare = { expected: 0, counted: 0 };
  for (const [key, p] of probabilities) {
    const bin = { expected: p * total, counted: counts.get(key) ?? 0 };
    if (bin.expected >= 5) bins.push(bin);
    else {
      rare.expected += bin.expected;
      rare.counted += bin.counted;
    }
  }
  if (rare.expected > 0) bins.push(rare);
  const chiSquare = bins.reduce(
    (sum, { expected, counted }) => sum + (counted - expected) ** 2 / expected,
    0,
  );
  const degrees = bins.length - 1;
  return (chiSquare - degrees) / Math.sqrt(2 * degrees);
}
