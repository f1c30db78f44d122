import { describe, expect, it } from 'vitest';
import { chooseDecoding, configureDecoder } from '../../../sidecar/decoding/decoder-table';
import { describeChoice } from '../../../sidecar/decoding/sampling';
import { Trace } from '../../../sidecar/decoding/trace';
import type { DecoderSettings, StepEvent } from '../../../sidecar/protocol';
import { cellSight, type SightSource } from '../../../sidecar/trace-file/cell-sight';
import { ToyForward } from '../decoding/toy-forward';

const GRID = { height: 5, width: 6 };
const SAMPLING = { seed: 7, temperature: 1, topK: 0, topP: 1, greedy: false };
const DRAFTS: readonly StepEvent['kind'][] = ['drafted', 'confirmed', 'corrected'];

/** Decodes a picture with the toy model, and returns what its steps were fed. */
async function decoded(
  decoder: string,
  settings: DecoderSettings,
  { seed = 7, terminator }: { seed?: number; terminator?: number } = {},
): Promise<{ source: SightSource; trace: Trace }> {
  const choice = chooseDecoding(decoder, settings, { grid: GRID, modelWindow: 2 });
  const configured = configureDecoder(choice);
  const trace = new Trace(GRID, 1);
  const sampling = { ...SAMPLING, seed };
  for await (const step of configured.decode(new ToyForward(GRID, terminator), sampling))
    trace.record(step, 1);
  const events = trace.events.some(({ kind }) => kind === 'drafted') ? DRAFTS : [];
  const description = { label: '', detail: '', choices: [], mostTokens: 1, events };
  const run = { grid: [GRID.height, GRID.width], decoder: description } as const;
  return { source: { run, snapshot: { stepOf: trace.stepOf }, fed: trace.fed }, trace };
}

async function zipar(): Promise<SightSource> {
  return (await decoded('zipar', { window: 2 })).source;
}

describe('what a cell saw', () => {
  it('is nothing but the prompt for the first cell', async () => {
    expect(cellSight(await zipar(), 0)).toEqual({ inputs: [], seen: [], hidden: [], standIns: [] });
  });

  it('is every cell before it in raster order, in raster order', async () => {
    const { source } = await decoded('raster', {});
    const sight = cellSight(source, 14);
    expect(sight?.seen).toEqual(Array.from({ length: 14 }, (_, i) => i));
    expect(sight).toMatchObject({ hidden: [], standIns: [] });
  });

  it('lacks the cells that an earlier step had not decided, and has a stand-in for the end of the row above', async () => {
    // Window 2: when the first cell of the second row is drawn, the first row has two cells.
    const sight = cellSight(await zipar(), 6);
    expect(sight?.seen).toEqual([0, 1]);
    expect(sight?.hidden).toEqual([2, 3, 4, 5]);
    expect(sight?.standIns.map(({ position }) => position)).toEqual([5]);
  });

  it('has no stand-in where a terminator stands before each row', async () => {
    const { source } = await decoded('zipar', { window: 2 }, { terminator: 22 });
    expect(cellSight(source, 6)).toMatchObject({ seen: [0, 1], hidden: [2, 3, 4, 5], standIns: [] });
  });

  it('is unknown for a cell that is not decided, and for a run that did not record what it was fed', async () => {
    const source = await zipar();
    const stepOf = source.snapshot.stepOf.map((step, cell) => (cell === 9 ? -1 : step));
    expect(cellSight({ ...source, snapshot: { stepOf } }, 9)).toBeUndefined();
    expect(cellSight({ ...source, fed: [] }, 3)).toBeUndefined();
  });

  it.each([
    ['raster', {}],
    ['raster', { lookahead: 4 }],
    ['zipar', { window: 1 }],
    ['zipar', { window: 3, standIn: 'reference' }],
    ['zipar', { window: 2, firstRow: 'sequential' }],
    ['zipar', { window: 2, lookahead: 3 }],
    ['zipar-adaptive', { window: 2 }],
    ['scd', { draftWindow: 4 }],
    ['pjd', { context: 2, draftWindow: 3 }],
  ])('gives the prediction of the run again in one pass: %s %j', async (decoder, settings) => {
    for (const [seed, terminator] of [
      [1, undefined],
      [2, undefined],
      [3, 22],
    ] as const) {
      const { source, trace } = await decoded(decoder, settings, { seed, ...(terminator && { terminator }) });
      for (let cell = 0; cell < trace.tokens.length; cell++) {
        const sight = cellSight(source, cell);
        const forward = new ToyForward(GRID, terminator);
        let logits = await forward.start();
        const inputs = sight?.inputs ?? [];
        if (inputs.length > 0) [logits = logits] = await forward.step(inputs, [inputs.length - 1]);
        const again = describeChoice(logits, SAMPLING, trace.tokens[cell] ?? -1);
        expect([cell, again.probability]).toEqual([
          cell,
          expect.closeTo(trace.tracks[0]?.values[cell] ?? NaN, 5),
        ]);
        expect((sight?.seen.length ?? 0) + (sight?.hidden.length ?? 0)).toBe(cell);
      }
    }
  });
});
