/**
 * Measures the drafts of a lookahead on the embedded model. It counts the steps of the same picture with each rule for drafts,
 * and with each choice of cells. All rules make the same pictures, and every picture is compared with that of the plain decoder.
 *
 * Prints a table, and writes the figures to the file that is named.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DecodedStep, SeededSampling } from '../../sidecar/decoding/decoder';
import type { Forward } from '../../sidecar/decoding/forward';
import { decodeLookahead } from '../../sidecar/decoding/lookahead/decode-lookahead';
import { lastDrawOrLeft, type Drafter } from '../../sidecar/decoding/lookahead/drafts';
import type { Reach } from '../../sidecar/decoding/lookahead/lookahead-fronts';
import { isTie } from '../../sidecar/decoding/sampling';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { planRun } from '../../sidecar/engine/run-plan';
import { Providers } from '../../sidecar/engine/providers';
import { readPromptSet } from '../../sidecar/evaluation/prompt-set';
import { readModelFolder } from '../../sidecar/model/model-folder';
import { EMBEDDED } from '../fixtures/embedded-model';

const [out, pictures = '40', learnt = '150', only] = process.argv.slice(2);
const PICTURES = Number(pictures);
const LEARNT = Number(learnt);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GRID = EMBEDDED.grid;
const SCHEDULE = { firstRow: 'windowed', standIn: 'nearest' } as const;
const ALL: Reach = { cellsARow: 8, cells: 64 };

/** Counts which token followed a left one and the one above, in pictures that were made before. */
class PairTable {
  private readonly byPair = new Map<number, Map<number, number>>();
  private readonly byAbove = new Map<number, Map<number, number>>();
  private readonly byLeft = new Map<number, Map<number, number>>();

  learn(tokens: readonly number[]): void {
    for (const [cell, token] of tokens.entries()) {
      const left = cell % GRID.width > 0 ? tokens[cell - 1] : undefined;
      const above = tokens[cell - GRID.width];
      if (left !== undefined && above !== undefined) count(this.byPair, left * 4096 + above, token);
      if (above !== undefined) count(this.byAbove, above, token);
      if (left !== undefined) count(this.byLeft, left, token);
    }
  }

  guess(left: number | undefined, above: number | undefined): number | undefined {
    const pair = left !== undefined && above !== undefined ? this.byPair.get(left * 4096 + above) : undefined;
    return (
      commonest(pair) ??
      commonest(above === undefined ? undefined : this.byAbove.get(above)) ??
      commonest(left === undefined ? undefined : this.byLeft.get(left))
    );
  }
}

function count(table: Map<number, Map<number, number>>, key: number, token: number): void {
  const counts = table.get(key) ?? new Map<number, number>();
  table.set(key, counts.set(token, (counts.get(token) ?? 0) + 1));
}

function commonest(counts: ReadonlyMap<number, number> | undefined): number | undefined {
  let best: number | undefined;
  for (const [token, times] of counts ?? []) if (times > (counts?.get(best ?? -1) ?? 0)) best = token;
  return best;
}

const PROVIDERS = Providers.ofThisMachine('');
const table = new PairTable();
const left = lastDrawOrLeft(GRID);
const above: Drafter = (cell, { drawn, tokenAt }) =>
  drawn ?? tokenAt(cell - GRID.width) ?? tokenAt(cell - 1) ?? 0;
const leftOf = (cell: number): number => (cell % GRID.width > 0 ? cell - 1 : -1);
const fromTable: Drafter = (cell, known) =>
  table.guess(known.tokenAt(leftOf(cell)), known.tokenAt(cell - GRID.width)) ?? above(cell, known);

/** Drafts what followed the same two neighbours earlier in this picture. */
const fromPicture: Drafter = (cell, known) => {
  const earlier = Array.from({ length: cell }, (_, i) => known.tokenAt(i) ?? -1);
  const [left, up] = [known.tokenAt(leftOf(cell)), known.tokenAt(cell - GRID.width)];
  for (let i = cell - 1; i >= 0; i--)
    if (leftOf(i) >= 0 && earlier[i - 1] === left && earlier[i - GRID.width] === up) {
      const token = earlier[i] ?? -1;
      if (token >= 0) return token;
    }
  return above(cell, known);
};

/** Rules for drafts. `small`: the picture that ZipAR makes with a window of 2. */
const RULES: Record<string, (small: readonly number[]) => Drafter> = {
  'last draw, at first above': () => above,
  'last draw, at first left': () => left,
  'always above': () => (cell, known) => above(cell, { ...known, drawn: undefined }),
  'last draw, at first the table': () => (cell, known) => known.drawn ?? fromTable(cell, known),
  'last draw, at first the same pair in this picture': () => (cell, known) =>
    known.drawn ?? fromPicture(cell, known),
  'last draw, at first ZipAR 2': (small) => (cell, known) => known.drawn ?? small[cell] ?? above(cell, known),
};

interface Variant {
  readonly base: string;
  readonly window: number;
  readonly reach: Reach;
  readonly rule: string;
}

const BASES = [
  ['raster', GRID.width],
  ['zipar 9', 9],
] as const;
const [FIRST_RULE = ''] = Object.keys(RULES);
const VARIANTS: Variant[] = BASES.flatMap(([base, window]) => [
  ...Object.keys(RULES).map((rule) => ({ base, window, reach: ALL, rule })),
  { base, window, reach: { cellsARow: 4, cells: 64 }, rule: FIRST_RULE },
  ...[FIRST_RULE, 'last draw, at first left', 'last draw, at first the table'].map((rule) => ({
    ...{ base, window, rule },
    reach: { cellsARow: 16, cells: 64 },
  })),
]).filter(({ base, rule }) => only === undefined || `${base} ${rule}`.includes(only));

const folder = await readModelFolder(EMBEDDED.folder);
const model = new LoadedModel(folder, { provider: 'cpu', threads: 1, precision: 'stored' });
const prompts = await readPromptSet(path.join(ROOT, 'sidecar/judge/prompts.json'));

async function run(
  number: number,
  decode: (forward: Forward, sampling: SeededSampling) => AsyncIterable<DecodedStep>,
): Promise<{ tokens: number[]; steps: number; evaluated: number; ties: number }> {
  const condition = prompts[number % prompts.length]?.condition;
  if (!condition) throw new Error('There is no prompt.');
  const request = { condition, seed: number, provider: 'cpu', tokensOnly: true } as const;
  const { job } = await planRun(request, folder, PROVIDERS);
  const { input } = await model.preparePrompt(job.prompt);
  const tokens: number[] = [];
  let [steps, evaluated, ties] = [0, 0, 0];
  for await (const { decisions, inputs } of decode(await model.forward(input, job.guidance), job.sampling)) {
    steps++;
    evaluated += inputs.length;
    for (const decision of decisions) {
      tokens[decision.position] = decision.token;
      if (isTie(decision)) ties++;
    }
  }
  return { tokens, steps, evaluated, ties };
}

const plainly = (number: number, window: number) =>
  run(number, (forward, sampling) =>
    decodeZipar(forward, { ...SCHEDULE, ...sampling, rowStart: 'fixed', window }),
  );

for (let number = 0; number < LEARNT; number++) table.learn((await plainly(100_000 + number, 4)).tokens);

const rows = VARIANTS.map((variant) => ({
  ...variant,
  pictures: 0,
  steps: 0,
  most: 0,
  tokens: 0,
  ties: 0,
  different: 0,
}));
for (let number = 0; number < PICTURES; number++) {
  const expected = new Map<number, number[]>();
  for (const [, window] of BASES) expected.set(window, (await plainly(number, window)).tokens);
  const small = (await plainly(number, 2)).tokens;
  for (const row of rows) {
    const { window, reach } = row;
    const drafter = RULES[row.rule]?.(small);
    if (!drafter) throw new Error(`There is no rule ${row.rule}.`);
    const made = await run(number, (forward, sampling) =>
      decodeLookahead(forward, { ...SCHEDULE, ...sampling, window, reach, drafter }),
    );
    row.pictures++;
    row.steps += made.steps;
    row.most = Math.max(row.most, made.steps);
    row.tokens += made.evaluated;
    row.ties += made.ties;
    if (made.tokens.some((token, cell) => token !== expected.get(window)?.[cell])) row.different++;
  }
  process.stderr.write(`\r${number + 1} of ${PICTURES}`);
  const figures = { pictures: number + 1, learnt: LEARNT, rows };
  if (out !== undefined) await writeFile(out, `${JSON.stringify(figures, null, 2)}\n`);
}
await model.release();

console.log(
  '\n| picture of | cells a row | cells a step at most | drafts | steps, mean | steps, most | tokens a step | ties | pictures that differ |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const { base, reach, rule, steps, most, tokens, ties, different, pictures: made } of rows) {
  const cells = [
    base,
    reach.cellsARow,
    reach.cells,
    rule,
    (steps / made).toFixed(1),
    most,
    (tokens / steps).toFixed(1),
    ties,
    different,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
