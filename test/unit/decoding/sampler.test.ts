import { describe, expect, it } from 'vitest';
import type { DecodedStep } from '../../../sidecar/decoding/decoder';
import { decodeZipar, type ZiparOptions } from '../../../sidecar/decoding/zipar/decode-zipar';
import type { Draws, Sampler } from '../../../sidecar/decoding/forward';
import { chooseTokens, type Choice } from '../../../sidecar/decoding/sampling';
import type { TokenInput } from '../../../sidecar/decoding/token-input';
import { ToyForward } from './toy-forward';

const GRID = { height: 5, width: 6 };
const OPTIONS: ZiparOptions = {
  window: 2,
  firstRow: 'windowed',
  rowStart: 'fixed',
  standIn: 'nearest',
  seed: 5,
  temperature: 0.8,
  topK: 12,
  topP: 0.95,
  greedy: false,
};

/** A forward that draws by itself, and counts the steps in which logits are requested. */
class SamplingToyForward extends ToyForward {
  readonly fetched: number[] = [];
  releases = 0;
  private passes = 0;

  readonly sampler: Sampler = {
    start: async (draws) => this.choose([await super.start()], draws),
    step: async (inputs, predicting, draws) => this.choose(await super.step(inputs, predicting), draws),
  };

  override start(): Promise<Float32Array> {
    this.fetched.push(++this.passes);
    return super.start();
  }

  override step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<Float32Array[]> {
    this.fetched.push(++this.passes);
    return super.step(inputs, predicting);
  }

  release(): void {
    this.releases++;
  }

  private choose(rows: readonly Float32Array[], draws: Draws): Choice[] {
    this.passes++;
    expect(draws.noise).toHaveLength(rows.length);
    return chooseTokens(rows, draws);
  }
}

async function stepsOf(forward: ToyForward, options: Partial<ZiparOptions>): Promise<DecodedStep[]> {
  const steps: DecodedStep[] = [];
  for await (const step of decodeZipar(forward, { ...OPTIONS, ...options })) steps.push(step);
  return steps;
}

describe('decoding with a forward that draws by itself', () => {
  it.each([
    {},
    { greedy: true },
    { window: 6 },
    { firstRow: 'sequential' },
    { rowStart: 'adaptive' },
  ] as const)('is what it is with one that returns logits: %j', async (options) => {
    const drawn = await stepsOf(new SamplingToyForward(GRID), options);
    expect(drawn).toEqual(await stepsOf(new ToyForward(GRID), options));
  });

  it('fetches no logits', async () => {
    const forward = new SamplingToyForward(GRID);
    await stepsOf(forward, {});
    expect(forward.fetched).toEqual([]);
  });

  it('fetches logits only in the steps that judge a row start', async () => {
    const forward = new SamplingToyForward(GRID);
    const steps = await stepsOf(forward, { rowStart: 'adaptive' });
    const starts = steps.filter(
      ({ decisions, events }) =>
        events.length > 0 || decisions.some(({ position }) => position > 0 && position % GRID.width === 0),
    );
    for (const { step } of starts) expect(forward.fetched).toContain(step);
    expect(forward.fetched).not.toContain(1);
    expect(forward.fetched.length).toBeLessThan(steps.length);
    // Each row start waits for a judgement. The step that drew its candidate fetches logits, too.
    expect(forward.fetched.length).toBe(starts.length + GRID.height - 1);
  });

  it('releases the forward at the end, and when decoding stops early', async () => {
    const forward = new SamplingToyForward(GRID);
    await stepsOf(forward, {});
    expect(forward.releases).toBe(1);
    for await (const { step } of decodeZipar(forward, OPTIONS)) if (step === 3) break;
    expect(forward.releases).toBe(2);
  });
});
