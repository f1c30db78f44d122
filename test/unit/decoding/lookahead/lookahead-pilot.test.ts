import { describe, expect, it } from 'vitest';
import { chooseDecoding, configureDecoder } from '../../../../sidecar/decoding/decoder-table';
import type { Forward } from '../../../../sidecar/decoding/forward';
import { PassCosts } from '../../../../sidecar/decoding/pass-costs';
import type { GridShape } from '../../../../sidecar/decoding/token-grid';
import type { TokenInput } from '../../../../sidecar/decoding/token-input';
import { HashForward, type HashModel } from './hash-forward';

const GRID: GridShape = { height: 12, width: 12 };
/** A model whose tokens depend little on what it saw: most drafts are right. */
const EASY: HashModel = {
  grid: GRID,
  terminators: { after: 'no-row' },
  codes: 4,
  seed: 3,
  sensitivity: 0.4,
  guidance: 1,
};
const HARD: HashModel = { ...EASY, codes: 7, sensitivity: 30 };
const SAMPLING = { seed: 4, temperature: 1, topK: 0, topP: 1, greedy: false };

/** A clock that each step of a forward moves on. */
class ManualClock {
  ms = 0;
  readonly costs = new PassCosts(() => this.ms);
}

/** A forward whose steps take the given time, by their number of tokens. */
class TimedForward extends HashForward implements Forward {
  readonly costs: PassCosts;

  constructor(
    model: HashModel,
    private readonly clock: ManualClock,
    private readonly msOf: (tokens: number) => number,
  ) {
    super(model);
    this.costs = clock.costs;
  }

  override step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<Float32Array[]> {
    this.clock.ms += this.msOf(inputs.length);
    return super.step(inputs, predicting);
  }
}

async function made(
  name: string,
  lookahead: number | string,
  model: HashModel,
  msOf: (tokens: number) => number,
  clock = new ManualClock(),
): Promise<{ tokens: number[]; steps: number; ms: number }> {
  const choice = chooseDecoding(name, { lookahead }, { grid: GRID, modelWindow: 5 });
  const tokens: number[] = [];
  const begin = clock.ms;
  let steps = 0;
  for await (const { decisions } of configureDecoder(choice).decode(
    new TimedForward(model, clock, msOf),
    SAMPLING,
  )) {
    steps++;
    for (const { position, token } of decisions) tokens[position] = token;
  }
  return { tokens, steps, ms: clock.ms - begin };
}

describe('a lookahead that chooses itself', () => {
  const PRICES = {
    'every step costs the same': () => 10,
    'further tokens cost a little': (tokens: number) => 10 + tokens,
    'further tokens cost much': (tokens: number) => 10 + 5 * (tokens - 1),
    'tokens cost the same in any step': (tokens: number) => 10 * tokens,
    'a second token costs as much as a hundred': (tokens: number) => (tokens === 1 ? 10 : 40),
  };
  const CASES = Object.entries(PRICES).flatMap(([price, msOf]) =>
    (['raster', 'zipar'] as const).flatMap((name) => [
      { price, name, kind: 'easy', model: EASY, msOf },
      { price, name, kind: 'hard', model: HARD, msOf },
    ]),
  );

  it.each(CASES)('makes the same picture of $name, hardly slower: $price, $kind', async (each) => {
    const { name, model, msOf } = each;
    const plain = await made(name, 0, model, msOf);
    const clock = new ManualClock();
    for (let picture = 0; picture < 4; picture++) {
      const auto = await made(name, 'auto', model, msOf, clock);
      expect(auto.tokens).toEqual(plain.tokens);
      // A single pass that loses is much in so small a picture.
      expect(auto.ms / plain.ms).toBeLessThan(picture === 0 ? 1.12 : 1.07);
    }
  });

  it('looks far where further tokens are cheap and drafts are right', async () => {
    const [plain, auto] = [
      await made('raster', 0, EASY, PRICES['every step costs the same']),
      await made('raster', 'auto', EASY, PRICES['every step costs the same']),
    ];
    expect(auto.ms / plain.ms).toBeLessThan(0.5);
    expect(auto.steps / plain.steps).toBeLessThan(0.5);
  });

  it('looks at no cell ahead without a clock', async () => {
    const choice = chooseDecoding('raster', { lookahead: 'auto' }, { grid: GRID, modelWindow: 5 });
    let steps = 0;
    for await (const { step } of configureDecoder(choice).decode(new HashForward(EASY), SAMPLING))
      steps = step;
    expect(steps).toBe(GRID.height * GRID.width);
  });
});

describe('the costs of steps', () => {
  it('are medians of what was measured, on lines between, and beyond on the last line', () => {
    const costs = new PassCosts(() => 0);
    expect(costs.expectedMs(4)).toBeGreaterThan(costs.expectedMs(1));
    for (const ms of [10, 10, 90, 11, 10]) costs.record(1, ms);
    for (const ms of [16, 15, 16]) costs.record(4, ms);
    costs.record(8, 26);
    expect([1, 2, 4, 6, 8, 12].map((tokens) => costs.expectedMs(tokens))).toEqual([10, 12, 16, 21, 26, 36]);
    for (let i = 0; i < 7; i++) costs.record(1, 5);
    expect(costs.expectedMs(1)).toBe(5);
  });
});
