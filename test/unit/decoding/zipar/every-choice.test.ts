import { describe, expect, it } from 'vitest';
import type { CellEvent } from '../../../../sidecar/decoding/cell-event';
import { decodeZipar } from '../../../../sidecar/decoding/zipar/decode-zipar';
import { countSteps } from '../../../../sidecar/decoding/zipar/schedule';
import { literalDecode, type Choices } from './literal-decoder';
import { ToyForward } from '../toy-forward';

const HEIGHTS = [1, 2, 4];
const WIDTHS = [1, 2, 3, 4, 5];
const COMBINATIONS = (['windowed', 'sequential'] as const).flatMap((firstRow) =>
  (['nearest', 'reference'] as const).flatMap((standIn) =>
    [undefined, 21].flatMap((terminator) =>
      (['fixed', 'adaptive'] as const).flatMap((rowStart) =>
        [false, true].map((greedy) => ({ firstRow, standIn, terminator, rowStart, greedy })),
      ),
    ),
  ),
);

function* grids(): Generator<Pick<Choices, 'height' | 'width' | 'window' | 'seed'>> {
  for (const height of HEIGHTS)
    for (const width of WIDTHS)
      for (let window = 1; window <= width; window++) yield { height, width, window, seed: 3 + window };
}

async function decoded(choices: Choices) {
  const forward = new ToyForward(choices, choices.terminator);
  const steps = [];
  for await (const step of decodeZipar(forward, { ...choices, temperature: 1, topK: 0, topP: 1 }))
    steps.push(step);
  return steps;
}

function judgedAmong(events: readonly CellEvent[]) {
  return events.filter((event) => event.kind === 'judged');
}

describe.each(COMBINATIONS)(
  'decoding with first row $firstRow, stand-in $standIn, terminator $terminator, $rowStart starts, greedy $greedy',
  (combination) => {
    it('feeds, judges and decides as the paper’s text says, for every window of every small grid', async () => {
      for (const grid of grids()) {
        const choices = { ...grid, ...combination };
        const steps = await decoded(choices);
        const inPlainWords = steps.map(({ decisions, inputs, events }) => ({
          decided: decisions.map(({ position, token }) => [position, token]),
          fed: inputs.map(({ position, token }) => [position, token]).sort(([a = 0], [b = 0]) => a - b),
          judged: judgedAmong(events).map((judgement) => ({
            cell: judgement.position,
            token: judgement.token,
            accepted: judgement.accepted,
            narrower: expect.closeTo(judgement.narrower, 12) as number,
            wider: expect.closeTo(judgement.wider, 12) as number,
          })),
        }));
        expect(literalDecode(choices), JSON.stringify(choices)).toEqual(inPlainWords);
      }
    });

    it('takes as many steps as were counted beforehand, and never promises more than it takes', async () => {
      for (const grid of grids()) {
        const choices = { ...grid, ...combination };
        const steps = await decoded(choices);
        const { least, most } = countSteps({ ...choices, grid: choices });
        expect(steps.length).toBeGreaterThanOrEqual(least);
        expect(steps.length).toBeLessThanOrEqual(most);
        const promised = [least, ...steps.map(({ leastSteps }) => leastSteps)];
        expect(promised).toEqual([...promised].sort((a, b) => a - b));
        expect(promised.at(-1)).toBe(steps.length);
        // A step can raise the number of steps by one at most.
        promised.slice(1).forEach((end, i) => {
          expect(end - (promised[i] ?? 0)).toBeLessThanOrEqual(1);
        });
        if (combination.rowStart === 'fixed') expect(least).toBe(most);
      }
    });
  },
);

describe('adaptive row starts', () => {
  const GRID = { height: 6, width: 6 };
  const OPTIONS = {
    window: 2,
    firstRow: 'windowed',
    rowStart: 'adaptive',
    standIn: 'nearest',
    seed: 5,
    terminator: undefined,
    greedy: false,
    ...GRID,
  } as const;

  it('are raster order, token for token, when the least window is the width', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const adaptive = await decoded({ ...OPTIONS, window: 6, seed });
      expect(adaptive).toEqual(await decoded({ ...OPTIONS, window: 6, seed, rowStart: 'fixed' }));
    }
  });

  it('accept some candidates at once, some after several, and settle some only with the row above complete', async () => {
    const judgedTimes = new Set<number>();
    let replacedAtTheEnd = 0;
    for (let seed = 0; seed < 30; seed++) {
      const steps = await decoded({ ...OPTIONS, seed });
      const judgements = steps.flatMap(({ events }) => judgedAmong(events));
      for (const start of [6, 12, 18, 24, 30]) {
        const ofRow = judgements.filter(({ position }) => position === start);
        judgedTimes.add(ofRow.length);
        expect(ofRow.slice(0, -1).every(({ accepted }) => !accepted)).toBe(true);
        if (ofRow.at(-1)?.accepted === false) {
          replacedAtTheEnd++;
          expect(ofRow).toHaveLength(GRID.width - OPTIONS.window);
        }
      }
    }
    expect([...judgedTimes].sort()).toEqual([1, 2, 3, 4]);
    expect(replacedAtTheEnd).toBeGreaterThan(0);
  });

  it('put all of the probability on the likeliest token when greedy: a candidate stays while it is the likeliest', async () => {
    const steps = await decoded({ ...OPTIONS, greedy: true });
    const judgements = steps.flatMap(({ events }) => judgedAmong(events));
    expect(judgements.some(({ accepted }) => !accepted)).toBe(true);
    for (const { accepted, narrower, wider } of judgements)
      expect([narrower, wider]).toEqual([1, accepted ? 1 : 0]);
  });
});
