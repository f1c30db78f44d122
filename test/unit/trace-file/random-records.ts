import fc from 'fast-check';
import type { CellTrack, RunDescription, Snapshot, StepEvent } from '../../../sidecar/protocol';
import { fromHalf, toHalf } from '../../../sidecar/trace-file/half-float';
import type { FedToken, RunRecord } from '../../../sidecar/trace-file/run-record';

/** Numbers that 16 bits hold, so that they come back unchanged. */
const half = fc.float({ noNaN: true }).map((value) => fromHalf(toHalf(value)));
const finiteHalf = half.map((value) => (Number.isFinite(value) ? value + 0 : 0));
const token = fc.nat(0x7fffffff);
const word = fc.string({ unit: 'grapheme', maxLength: 20 });

function events(cells: number, steps: number): fc.Arbitrary<readonly StepEvent[]> {
  const place = { step: fc.integer({ min: 1, max: steps }), position: fc.nat(cells - 1), token };
  const event: fc.Arbitrary<StepEvent> = fc.oneof(
    fc.record({
      kind: fc.constant('judged' as const),
      ...place,
      accepted: fc.boolean(),
      narrower: half,
      wider: half,
    }),
    fc.record({ kind: fc.constantFrom('drafted' as const, 'confirmed' as const), ...place }),
    fc.record({ kind: fc.constant('corrected' as const), ...place, draft: token }),
  );
  return fc.array(event, { maxLength: 2 * steps }).map((list) => [...list].sort((a, b) => a.step - b.step));
}

function fedTokens(steps: number): fc.Arbitrary<readonly (readonly FedToken[])[]> {
  const time = fc.integer({ min: 1, max: 50 });
  const fed: fc.Arbitrary<FedToken> = fc.oneof(
    fc.record({ position: fc.nat(200), token }),
    fc.record({ position: fc.nat(200), token, time }),
    fc
      .tuple(fc.nat(200), token, time, fc.nat(50))
      .map(([position, id, from, length]) => ({ position, token: id, time: from, until: from + length })),
    fc.record({ position: fc.nat(200), token, until: fc.nat(50) }),
  );
  return fc.oneof(
    fc.constant([]),
    fc.array(fc.array(fed, { maxLength: 5 }), { minLength: steps, maxLength: steps }),
  );
}

function tracks(cells: number): fc.Arbitrary<readonly CellTrack[]> {
  const track = fc.record({
    name: word,
    label: word,
    unit: word,
    low: finiteHalf,
    high: fc.option(finiteHalf, { nil: undefined }),
    lowWord: word,
    highWord: word,
    digits: fc.nat(9),
    values: fc.array(half, { minLength: cells, maxLength: cells }).map((list) => Float32Array.from(list)),
  });
  return fc.uniqueArray(track, { maxLength: 3, selector: ({ name }) => name });
}

/** Cells with their step and token, some of them undecided. */
function cellsOf(cells: number, steps: number) {
  const decided = fc.tuple(fc.integer({ min: 1, max: Math.max(steps, 1) }), token);
  const cell = steps === 0 ? fc.constant([-1, -1]) : fc.oneof(decided, fc.constant([-1, -1]));
  return fc.array(cell, { minLength: cells, maxLength: cells });
}

const conditions = fc.oneof(
  fc.record({ kind: fc.constant('prompt' as const), prompt: word }),
  fc.record({ kind: fc.constant('class' as const), label: fc.nat(999) }),
  fc.record({ kind: fc.constant('caption' as const), file: fc.constant('boat.safetensors') }),
);

const shapes = fc.record({
  height: fc.integer({ min: 1, max: 7 }),
  width: fc.integer({ min: 1, max: 7 }),
  step: fc.nat(12),
  terminators: fc.boolean(),
});

/** Any record that a file can hold without loss. */
export const records: fc.Arbitrary<RunRecord> = shapes.chain(({ height, width, step, terminators }) => {
  const cells = height * width;
  return fc
    .record({
      cells: cellsOf(cells, step),
      leastSteps: fc.integer({ min: step, max: 1000 }),
      stepMs: fc.array(half, { minLength: step, maxLength: step }),
      tracks: tracks(cells),
      events: step === 0 ? fc.constant([]) : events(cells, step),
      fed: fedTokens(step),
      condition: conditions,
      className: fc.option(word, { nil: undefined }),
      suffix: fc.option(word, { nil: undefined }),
      negative: fc.option(word, { nil: undefined }),
      prompt: word,
      seed: fc.nat(0xffffffff),
      weights: fc.option(word, { nil: null }),
      madeAt: fc.nat({ max: 4e12 }),
      state: fc.constantFrom('running' as const, 'complete' as const, 'cancelled' as const),
      notices: fc.array(word, { maxLength: 2 }),
      greedy: fc.boolean(),
      ties: fc.option(fc.nat(9), { nil: undefined }),
    })
    .map((random): RunRecord => {
      const stepOf = Int32Array.from(random.cells, ([of = -1]) => of);
      const run: RunDescription = {
        runId: 0,
        settings: {
          model: 'small',
          provider: 'cpu',
          precision: 'stored',
          condition: random.condition,
          ...(random.condition.kind === 'class' &&
            random.className !== undefined && { className: random.className }),
          ...(random.suffix !== undefined && { suffix: random.suffix }),
          ...(random.negative !== undefined && { negative: random.negative }),
          decoder: 'zipar',
          decoderSettings: { window: 2, standIn: 'nearest' },
          seed: random.seed,
          guidance: 1.5,
          temperature: 0.9,
          topK: 0,
          topP: 1,
          greedy: random.greedy,
        },
        execution: { device: null, memoryBytes: null, reason: '' },
        decoder: {
          label: 'ZipAR',
          detail: 'window 2',
          choices: [{ label: 'Stand-in', value: 'nearest' }],
          mostTokens: height,
          events: ['judged'],
          plainSteps: 40,
        },
        grid: [height, width],
        leastSteps: 1,
        mostSteps: 100,
        rasterSteps: height * (width + (terminators ? 1 : 0)),
        patch: 8,
        state: random.state,
      };
      const snapshot: Snapshot = {
        runId: 0,
        step,
        leastSteps: random.leastSteps,
        height,
        width,
        decided: Uint32Array.from(
          [...stepOf.keys()].filter((position) => step > 0 && stepOf[position] === step),
        ),
        tokens: Int32Array.from(random.cells, ([, id = -1]) => id),
        stepOf,
        stepMs: Float32Array.from(random.stepMs),
        tracks: random.tracks,
        events: random.events,
      };
      return {
        origin: { program: 'ZipAR Studio', madeAt: random.madeAt, noise: 1, weights: random.weights },
        run,
        snapshot,
        timings: { loadMs: 1, decodeMs: 2.5, imageMs: 0 },
        error: undefined,
        notices: random.notices.map((notice) => notice.replace(/[\\/]/g, '')),
        ...(random.ties !== undefined && { ties: random.ties }),
        fed: random.fed,
      };
    });
});

/** One record, always the same, with what is changed in its run. */
export function sampleRecord(change: Partial<RunDescription> = {}): RunRecord {
  const [first] = fc.sample(records, { seed: 7, numRuns: 1 });
  if (!first) throw new Error('There is no sample.');
  return { ...first, run: { ...first.run, ...change } };
}
