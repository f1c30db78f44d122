import { describe, expect, it } from 'vitest';
import { Run } from '../../../sidecar/engine/run';
import { planOf, stepOf } from './engine-of-fakes';

function decodingRun(): Run {
  const run = new Run(1, planOf('webgpu'));
  run.beginDecoding([]);
  return run;
}

describe('a run', () => {
  it('is running until it has ended', () => {
    const run = new Run(1, planOf());
    expect([run.state, run.error]).toEqual(['running', undefined]);
    run.beginDecoding(['Half the words are unknown.']);
    expect([run.state, run.notices]).toEqual(['running', ['Half the words are unknown.']]);
    run.beginDrawing(20);
    expect([run.state, run.timings.decodeMs]).toEqual(['running', 20]);
    run.stage = { kind: 'failed', error: { code: 'engine-failed', message: 'Broken.' } };
    expect([run.state, run.error?.message]).toEqual(['failed', 'Broken.']);
  });

  it('records steps while it decodes', () => {
    const run = decodingRun();
    expect(run.record(stepOf(1))).toBe(true);
    expect(run.record(stepOf(2))).toBe(true);
    expect([run.trace.steps, run.timings.decodeMs]).toEqual([2, 20]);
    run.beginDrawing(21);
    expect(run.record(stepOf(3))).toBe(false);
    expect(run.trace.steps).toBe(2);
  });
});

describe('a run that is decoded again', () => {
  it('keeps its trace until the new one has more steps', () => {
    const run = decodingRun();
    run.record(stepOf(1, 100));
    run.repeatDecoding();
    expect(run.record(stepOf(1, 200))).toBe(false);
    expect([...run.trace.tokens]).toEqual([100, -1]);
    expect(run.record(stepOf(2, 201))).toBe(true);
    expect([...run.trace.tokens]).toEqual([200, 201]);
    expect(run.timings.decodeMs).toBe(20);
  });

  it('takes the new trace when it is complete, although it has no more steps', () => {
    const run = decodingRun();
    for (const step of [1, 2]) run.record(stepOf(step, 100));
    run.repeatDecoding();
    for (const step of [1, 2]) run.record(stepOf(step, 200));
    expect([...run.trace.tokens]).toEqual([100, 100]);
    run.beginDrawing(40);
    expect([...run.trace.tokens]).toEqual([200, 200]);
    expect(run.timings.decodeMs).toBe(40);
  });
});
