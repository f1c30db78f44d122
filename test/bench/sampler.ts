/**
 * Measures what choosing a token costs. The sampler and its literal specification take turns, in one process, on
 * the same logits.
 */
import { tokenNoise, uniformAt } from '../../sidecar/decoding/noise';
import { chooseToken, type SamplingOptions } from '../../sidecar/decoding/sampling';
import { median } from '../../sidecar/benchmark/spread';
import * as literal from '../sampling/literal-sampling';

const ROWS = 20;
const DRAWS = 5 * Number(process.env.ZIPAR_BENCH_ROUNDS ?? 9);

const CASES = [
  { vocab: 16384, topK: 2000, topP: 1 },
  { vocab: 16384, topK: 0, topP: 1 },
  { vocab: 16384, topK: 0, topP: 0.9 },
  { vocab: 16384, topK: 2000, topP: 0.9 },
  { vocab: 1024, topK: 30, topP: 1 },
  { vocab: 1024, topK: 0, topP: 1 },
] as const;
/** Standard deviations of the logits: nearly flat, as of an uncertain model, and peaked. */
const DEVIATIONS = [1, 3] as const;

function normal(row: number, i: number): number {
  return Math.sqrt(-2 * Math.log(1 - uniformAt(row, i))) * Math.cos(2 * Math.PI * uniformAt(row, i, 1));
}

/** Medians in ms. @throws if the two samplers choose different tokens */
function compare(rows: readonly Float32Array[], options: SamplingOptions): { before: number; now: number } {
  const before: number[] = [];
  const now: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    for (const [i, row] of rows.entries()) {
      const noise = tokenNoise(draw, i, 2);
      const start = performance.now();
      const expected = literal.chooseToken(row, options, noise);
      const between = performance.now();
      const choice = chooseToken(row, options, noise);
      const end = performance.now();
      if (choice.token !== expected.token) throw new Error('The samplers choose different tokens.');
      before.push(between - start);
      now.push(end - between);
    }
  }
  return { before: median(before), now: median(now) };
}

console.log(
  `\n${ROWS * DRAWS} draws each, medians, the same tokens.\n\n` +
    "| tokens | top-k | top-p | logits' deviation | literal, ms | sampler, ms | sampler / literal |\n|---|---|---|---|---|---|---|",
);
for (const { vocab, topK, topP } of CASES) {
  for (const deviation of DEVIATIONS) {
    const rows = Array.from({ length: ROWS }, (_, row) =>
      Float32Array.from({ length: vocab }, (__, i) => deviation * normal(row, i)),
    );
    const { before, now } = compare(rows, { temperature: 1, topK, topP, greedy: false });
    const cells = [
      vocab,
      topK || 'off',
      topP === 1 ? 'off' : topP,
      deviation,
      before.toFixed(3),
      now.toFixed(3),
    ];
    console.log(`| ${cells.join(' | ')} | ${(now / before).toFixed(2)} |`);
  }
}
