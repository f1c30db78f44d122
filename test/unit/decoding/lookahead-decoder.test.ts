import { describe, expect, it } from 'vitest';
import {
  chooseDecoding,
  configureDecoder,
  describeRunDecoder,
} from '../../../sidecar/decoding/decoder-table';
import { Trace } from '../../../sidecar/decoding/trace';
import { LOOKAHEAD } from '../../fixtures/lookahead-decoder';
import { RASTER } from '../../../sidecar/decoding/zipar/decoders';
import { ToyForward } from './toy-forward';

const TABLE = [RASTER, LOOKAHEAD];

async function decoded(
  name: string,
  grid: { height: number; width: number },
  options: { ahead: number; terminator: number | undefined; seed: number; topK: number },
): Promise<Trace> {
  const choice = chooseDecoding(
    name,
    name === 'raster' ? {} : { ahead: options.ahead },
    { grid, modelWindow: 1 },
    TABLE,
  );
  const sampling = { seed: options.seed, temperature: 1, topK: options.topK, topP: 1, greedy: false };
  const trace = new Trace(grid, 0);
  const forward = new ToyForward(grid, options.terminator);
  for await (const step of configureDecoder(choice, TABLE).decode(forward, sampling)) trace.record(step, 1);
  return trace;
}

describe('a decoder that is one file and one line of the table', () => {
  it('decides raster order’s tokens, with and without row terminators, in no more steps', async () => {
    let saved = 0;
    for (const terminator of [undefined, 21]) {
      for (const grid of [
        { height: 1, width: 1 },
        { height: 3, width: 4 },
        { height: 4, width: 7 },
      ]) {
        for (let seed = 0; seed < 10; seed++) {
          for (const ahead of [1, 2, grid.width].filter((count) => count <= grid.width)) {
            const options = { ahead, terminator, seed, topK: 3 };
            const raster = await decoded('raster', grid, options);
            const lookahead = await decoded('lookahead', grid, options);
            expect([...lookahead.tokens]).toEqual([...raster.tokens]);
            expect(lookahead.steps).toBeLessThanOrEqual(raster.steps);
            if (ahead === 1) expect(lookahead.steps).toBe(raster.steps);
            saved += raster.steps - lookahead.steps;
          }
        }
      }
    }
    expect(saved).toBeGreaterThan(0);
  });

  it('reports its drafts, and what happened to them', async () => {
    const trace = await decoded(
      'lookahead',
      { height: 4, width: 7 },
      { ahead: 4, terminator: undefined, seed: 1, topK: 3 },
    );
    const kinds = new Set(trace.events.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['confirmed', 'corrected', 'drafted']);
    for (const event of trace.events) {
      if (event.kind === 'drafted') continue;
      expect(trace.tokens[event.position]).toBe(event.token);
      expect(trace.stepOf[event.position]).toBe(event.step);
    }
  });

  it('describes itself to page, picker and metadata', () => {
    const grid = { height: 4, width: 7 };
    const choice = chooseDecoding('lookahead', {}, { grid, modelWindow: 1 }, TABLE);
    expect(choice).toEqual({ decoder: 'lookahead', settings: { ahead: 4 } });
    expect(describeRunDecoder(choice, grid, TABLE)).toEqual({
      label: 'Lookahead',
      detail: '4 cells ahead',
      choices: [],
      mostTokens: 4,
      events: ['drafted', 'confirmed', 'corrected'],
    });
  });
});
