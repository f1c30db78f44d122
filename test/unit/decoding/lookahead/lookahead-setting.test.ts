import { describe, expect, it } from 'vitest';
import {
  chooseDecoding,
  configureDecoder,
  describeRunDecoder,
} from '../../../../sidecar/decoding/decoder-table';
import { Trace } from '../../../../sidecar/decoding/trace';
import { HashForward } from './hash-forward';

const GRID = { height: 6, width: 8 };
const CONTEXT = { grid: GRID, modelWindow: 3 };
const SAMPLING = { seed: 4, temperature: 1, topK: 0, topP: 1, greedy: false };
const MODEL = {
  grid: GRID,
  terminators: { after: 'no-row' },
  codes: 4,
  seed: 1,
  sensitivity: 1,
  guidance: 1,
} as const;

async function traceOf(name: string, given: Record<string, number | string>): Promise<Trace> {
  const decoder = configureDecoder(chooseDecoding(name, given, CONTEXT));
  const { least, most, mostTokens } = decoder.steps(GRID);
  const trace = new Trace(GRID, least);
  for await (const step of decoder.decode(new HashForward(MODEL), SAMPLING)) {
    expect(step.decisions.length).toBeLessThanOrEqual(mostTokens);
    trace.record(step, 1);
  }
  expect(trace.steps).toBeGreaterThanOrEqual(least);
  expect(trace.steps).toBeLessThanOrEqual(most);
  return trace;
}

describe('the setting "lookahead"', () => {
  it.each(['raster', 'zipar'])('leaves the picture of %s as it is, and saves steps', async (name) => {
    const plain = await traceOf(name, {});
    for (const lookahead of [0, 1, 2, 5, 8]) {
      const trace = await traceOf(name, { lookahead });
      expect([...trace.tokens]).toEqual([...plain.tokens]);
      expect([...(trace.tracks[0]?.values ?? [])]).toEqual([...(plain.tracks[0]?.values ?? [])]);
      if (lookahead <= 1) expect([...trace.stepOf]).toEqual([...plain.stepOf]);
      else expect(trace.steps).toBeLessThan(plain.steps);
    }
  });

  it('is described: in words, and by its events only where there is a lookahead', () => {
    const described = (name: string, given: Record<string, number | string>) =>
      describeRunDecoder(chooseDecoding(name, given, CONTEXT), GRID);
    expect(described('raster', {})).toMatchObject({ detail: '', events: [] });
    expect(described('raster', { lookahead: 4 })).toMatchObject({
      detail: 'lookahead 4',
      events: ['drafted', 'confirmed', 'corrected'],
    });
    expect(described('zipar', { window: 2, lookahead: 4 }).detail).toBe('window 2, lookahead 4');
    expect(described('zipar', { lookahead: 1 })).toMatchObject({ detail: 'window 3', events: [] });
  });

  it('is refused beyond the row, and where rows start at no fixed time', () => {
    expect(() => chooseDecoding('raster', { lookahead: 9 }, CONTEXT)).toThrow(
      'Lookahead 9 is outside 0..8, the width of the token grid; choose a number in that range or auto.',
    );
    expect(() => chooseDecoding('zipar', { lookahead: -1 }, CONTEXT)).toThrow('Lookahead -1 is outside 0..8');
    expect(() => chooseDecoding('zipar-adaptive', { lookahead: 4 }, CONTEXT)).toThrow(
      'ZipAR adaptive has no setting "lookahead"; leave it out.',
    );
  });
});
