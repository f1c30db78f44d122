import { describe, expect, it } from 'vitest';
import type { DecodedStep } from '../../../../sidecar/decoding/decoder';
import { decodeZipar, type ZiparOptions } from '../../../../sidecar/decoding/zipar/decode-zipar';
import { fillUndecided } from '../../../../sidecar/decoding/fill-undecided';
import { tokenNoise } from '../../../../sidecar/decoding/noise';
import { gumbel } from '../../../sampling/literal-noise';
import { TokenGrid } from '../../../../sidecar/decoding/token-grid';
import { Trace } from '../../../../sidecar/decoding/trace';
import { ToyForward } from '../toy-forward';

const GRID = { height: 5, width: 6 };
const OPTIONS: ZiparOptions = {
  window: 6,
  firstRow: 'windowed',
  rowStart: 'fixed',
  standIn: 'nearest',
  seed: 5,
  temperature: 1,
  topK: 0,
  topP: 1,
  greedy: false,
};

async function stepsOf(options: Partial<ZiparOptions>): Promise<DecodedStep[]> {
  const steps: DecodedStep[] = [];
  for await (const step of decodeZipar(new ToyForward(GRID), { ...OPTIONS, ...options })) steps.push(step);
  return steps;
}

function tokensOf(steps: readonly DecodedStep[]): number[] {
  const tokens = new Array<number>(GRID.height * GRID.width).fill(-1);
  for (const { position, token } of steps.flatMap((step) => step.decisions)) tokens[position] = token;
  return tokens;
}

describe('decoding', () => {
  it('with the window as wide as the grid is plain autoregression, token for token', async () => {
    const plain = new ToyForward(GRID);
    const expected: number[] = [];
    for (let position = 0; position < 30; position++) {
      const logits =
        position === 0
          ? await plain.start()
          : (await plain.step([{ position: position - 1, token: expected[position - 1] ?? NaN }], [0]))[0];
      const noise = tokenNoise(5, position);
      const values = Array.from(logits ?? [], (logit, token) => logit + gumbel(noise, token));
      expected.push(values.indexOf(Math.max(...values)));
    }
    expect(tokensOf(await stepsOf({ window: 6 }))).toEqual(expected);
  });

  it('yields the same tokens again for the same seed and others for another', async () => {
    const first = tokensOf(await stepsOf({ window: 2 }));
    expect(tokensOf(await stepsOf({ window: 2 }))).toEqual(first);
    expect(tokensOf(await stepsOf({ window: 2, seed: 6 }))).not.toEqual(first);
  });

  it.each([1, 2, 3, 4, 5])(
    'feeds the token before each cell, and every stand-in until its real token replaces it (window %i)',
    async (window) => {
      const steps = await stepsOf({ window });
      const tokens = tokensOf(steps);
      const lastFed = new Map<number, number>();
      const stepOf = new Map(
        steps.flatMap(({ step, decisions }) => decisions.map(({ position }) => [position, step] as const)),
      );
      for (const { step, inputs, decisions } of steps) {
        for (const { position, token } of inputs) {
          const isKnown = (stepOf.get(Number(position)) ?? Infinity) < step;
          if (isKnown) expect(token).toBe(tokens[position]);
          else expect(position % GRID.width).toBe(GRID.width - 1); // only row ends have a stand-in
          lastFed.set(position, token);
        }
        if (step > 1)
          for (const { position } of decisions)
            expect(inputs.map((input) => input.position)).toContain(position - 1);
      }
      for (const [position, token] of lastFed) expect(token).toBe(tokens[position]);
      expect(lastFed.size).toBe(29); // all positions except the last
    },
  );

  it('uses the nearest token as stand-in, or the newest of the row above as the reference does', async () => {
    const feedsOfRow3 = async (standIn: 'nearest' | 'reference') => {
      const steps = await stepsOf({ window: 2, standIn });
      const start = steps.find((step) => step.decisions.some(({ position }) => position === 18));
      return { fed: start?.inputs.find(({ position }) => position === 17)?.token, tokens: tokensOf(steps) };
    };
    // When (3,0) starts, row 2 holds 2 tokens, row 1 holds 4, and row 0 holds 6. So (0,5) is 2 away from (2,5), and (1,3) is
    // sqrt(5) away.
    const nearest = await feedsOfRow3('nearest');
    expect(nearest.fed).toBe(nearest.tokens[5]);
    const reference = await feedsOfRow3('reference');
    expect(reference.fed).toBe(reference.tokens[9]);
  });

  it('records which candidates were judged in which step', async () => {
    const steps = await stepsOf({ window: 2, rowStart: 'adaptive' });
    const trace = new Trace(GRID, 18);
    for (const step of steps) trace.record(step, 1);
    expect(trace.events.length).toBeGreaterThanOrEqual(4);
    expect(trace.events[0]).toEqual({ step: 4, ...steps[3]?.events[0] });
    expect(trace.events.every(({ kind }) => kind === 'judged')).toBe(true);
    expect(trace.leastSteps).toBe(steps.length);
  });

  it('records a trace that can be wound back', async () => {
    const steps = await stepsOf({ window: 2 });
    const trace = new Trace(GRID, 14);
    for (const step of steps) trace.record(step, 1.5);
    expect(trace.steps).toBe(6 + 4 * 2);
    expect([...trace.tokens]).toEqual(tokensOf(steps));
    expect([...trace.tokensAt(3)].map((token) => token >= 0)).toEqual(
      Array.from({ length: 30 }, (_, i) => [0, 1, 2, 6].includes(i)),
    );
    expect(trace.newest).toEqual([29]);
    expect(() => {
      trace.record({ step: 3, decisions: [], events: [], leastSteps: 14, inputs: [] }, 1);
    }).toThrow('Step 3 was recorded after step 14');
  });
});

describe('the token grid', () => {
  it('lets no cell be decided twice', () => {
    const grid = new TokenGrid(GRID);
    grid.decide(4, 9);
    expect(() => {
      grid.decide(4, 9);
    }).toThrow('decided already');
    expect(() => grid.token(5)).toThrow('not decided yet');
    expect(() => {
      grid.decide(30, 1);
    }).toThrow('outside');
  });
});

describe('filling undecided cells for a preview', () => {
  it('takes the newest token of the row, and the cell above for rows not begun', () => {
    const tokens = Int32Array.of(4, 5, -1, 6, -1, -1, -1, -1, -1);
    expect([...fillUndecided(tokens, { height: 3, width: 3 })]).toEqual([4, 5, 5, 6, 6, 6, 6, 6, 6]);
  });
});
