import { describe, expect, it } from 'vitest';
import { jsonReport, textReport } from '../../../sidecar/cli/generate-report';
import { Run } from '../../../sidecar/engine/run';
import { planOf, stepOf } from '../engine/engine-of-fakes';

/** A finished run of two steps that took 10 and 30 ms. */
function finishedRun(): Run {
  const decoder = { label: 'ZipAR', detail: 'window 4', choices: [], mostTokens: 2, events: [] };
  const run = new Run(1, planOf('cpu', { decoder, rasterSteps: 8 }));
  run.beginDecoding([]);
  run.record(stepOf(1, 5));
  run.record({ ...stepOf(2, 6), ms: 30 });
  run.beginDrawing(40.123);
  run.stage = { kind: 'complete', picture: undefined };
  return run;
}

describe('the report of a picture', () => {
  it('says in two lines what was saved, and where the picture is', () => {
    expect(textReport(finishedRun(), '/out/a.png')).toBe(
      '2 steps instead of 8 (75 % saved), 0.04 s; model m, raster, window 4, seed 7, cpu, weights stored\n/out/a.png\n',
    );
  });

  it('gives the tokens where no picture was made', () => {
    expect(textReport(finishedRun(), undefined)).toMatch(/\ntokens: 5 6\n$/);
  });

  it('has as JSON every choice, the tokens, and times of steps', () => {
    expect(jsonReport(finishedRun(), undefined)).toMatchObject({
      model: 'm',
      seed: 7,
      grid: [1, 2],
      steps: 2,
      rasterSteps: 8,
      tokens: [5, 6],
      timings: { decodeMs: 40.12, stepMs: { median: 30, p95: 30 } },
      image: null,
    });
  });
});
