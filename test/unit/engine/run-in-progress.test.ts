/** The states of a run, with an engine whose threads and processes are fakes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../sidecar/engine/engine';
import { EngineError } from '../../../sidecar/engine/engine-messages';
import type { Run } from '../../../sidecar/engine/run';
import {
  Answer,
  engineOfFakes,
  IMAGE,
  PATIENCE_MS,
  planOf,
  REQUEST,
  stepOf,
  type FakeParts,
} from './engine-of-fakes';
import type { RunPlan } from '../../../sidecar/engine/run-plan';
import { inEnglish } from '../../../sidecar/protocol/sentence';

const DEVICE_LOST = { code: 'provider-failed', message: 'WebGPU failed in step 2: device lost.' } as const;

let engine: Engine;
let parts: FakeParts;
let events: string[];

beforeEach(() => {
  vi.useFakeTimers();
  ({ engine, parts, events } = engineOfFakes());
});
afterEach(() => {
  vi.useRealTimers();
});

/** Requests a run and waits until the inference thread has its job. */
async function request(plan = planOf(), previewEveryMs = 0): Promise<{ readonly started: Promise<Run> }> {
  parts.plan = Promise.resolve(plan);
  const started = engine.start({ ...REQUEST, previewEveryMs });
  started.catch(() => undefined); // the test looks at it later
  await settle();
  return { started };
}

/** Requests a run that is loaded and has done these steps. */
async function runWithSteps(steps: number, plan = planOf()): Promise<Run> {
  const { started } = await request(plan);
  parts.loadAndStep(1, ...Array.from({ length: steps }, (_, i) => stepOf(i + 1, 100 + i)));
  return started;
}

/** Lets promises that can settle do so. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('a run', () => {
  it('goes from the plan over its steps to the finished picture', async () => {
    const run = await runWithSteps(2);
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 21 });
    expect([run.stage.kind, run.state, engine.isBusy]).toEqual(['drawing', 'running', true]);
    parts.drawNext(7);
    await settle();
    expect(events).toEqual(['step 1', 'step 2', 'preview 2', 'complete']);
    expect(run.timings).toEqual({ loadMs: 5, decodeMs: 21, imageMs: 7 });
    expect(engine.isBusy).toBe(false);
    expect(await engine.picture(run, 2)).toBe(IMAGE);
    expect(parts.drawings).toEqual([]); // the finished picture is kept
  });

  it('says that its picture is drawn, and how long that takes', async () => {
    const drawings: number[] = [];
    engine.events.on('drawing', (_, expectedMs) => drawings.push(expectedMs));
    await runWithSteps(2, planOf('cpu', { pictureOperations: 5e9 }));
    expect(drawings).toEqual([]);
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 21 });
    await settle();
    expect(drawings).toEqual([1000]); // 5 billion operations a second, until a picture was measured
  });

  it('draws nothing when it is for tokens only', async () => {
    const run = await runWithSteps(2, planOf('cpu', { patch: 0 }));
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 21 });
    await settle();
    expect([run.state, parts.drawings.length]).toEqual(['complete', 0]);
    await expect(engine.picture(run, 2)).rejects.toThrow(/tokens only/);
  });

  it('tells what is packed, and what the thread says', async () => {
    await request();
    parts.report({ type: 'packing', runId: 1, fraction: 0.5 }, { type: 'notice', text: 'Packed.' });
    expect(events).toEqual(['packing 0.5', 'notice: Packed.']);
  });

  it('is known to its requester before its first step', async () => {
    const order: string[] = [];
    engine.events.on('step', () => order.push('step'));
    void engine.start(
      REQUEST,
      (model, runId) => order.push(`loading ${model} for ${runId}`),
      (run) => order.push(`started ${run.runId}`),
    );
    await settle();
    parts.loadAndStep(1, stepOf(1));
    expect(order).toEqual(['loading m for 1', 'started 1', 'step']);
  });

  it('does not take the steps of another run', async () => {
    const run = await runWithSteps(1);
    parts.report({ type: 'step', runId: 9, report: stepOf(2) });
    expect([run.trace.steps, events]).toEqual([1, ['step 1']]);
  });

  it('shows previews that cost little, one at a time', async () => {
    await request(planOf('cpu', { grid: { height: 1, width: 4 }, pictureOperations: 1 }), 10);
    parts.loadAndStep(1, stepOf(1), stepOf(2));
    expect(parts.drawings).toHaveLength(1);
    parts.drawNext(0.01);
    await settle();
    parts.report({ type: 'step', runId: 1, report: stepOf(3) });
    expect(events).toEqual(['step 1', 'step 2', 'preview 1', 'step 3']);
    expect(parts.drawings).toHaveLength(1);
  });

  it('shows cheap previews in the colours of codes while a real picture costs too much', async () => {
    const cheapPreviews = { codes: 4, operations: 1 };
    const plan = planOf('cpu', {
      ...{ weights: 'cheap', grid: { height: 1, width: 4 }, pictureOperations: 1e12, cheapPreviews },
    });
    const images: unknown[] = [];
    engine.events.on('preview', (_, step, image) => images.push([step, image]));
    await request(plan, 10);
    parts.loadAndStep(1, stepOf(1, 2), { ...stepOf(2, 3), ms: 1000 });
    expect([parts.colourings.length, parts.drawings.length]).toEqual([1, 0]);
    const colours = Uint8Array.from([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    parts.colourings[0]?.resolve({ colours, ms: 1 });
    await settle();
    parts.report({ type: 'step', runId: 1, report: { ...stepOf(3, 1), ms: 1000 } });
    await settle();
    // Cells 0 to 2 have codes 2, 3 and 1. The undecided cell is filled with the newest code of its row.
    const rgb = Uint8Array.from([3, 3, 3, 4, 4, 4, 2, 2, 2, 2, 2, 2]);
    expect(images).toEqual([[3, { width: 4, height: 1, rgb }]]);
    expect(parts.colourings).toHaveLength(1);
  });

  it('looks for the colours of codes once, and goes on without them', async () => {
    const cheapPreviews = { codes: 4, operations: 1 };
    await request(planOf('cpu', { weights: 'colourless', pictureOperations: 1e12, cheapPreviews }), 10);
    parts.loadAndStep(1, { ...stepOf(1), ms: 1000 });
    parts.colourings[0]?.reject(new Error('no vectors'));
    await settle();
    parts.report({ type: 'step', runId: 1, report: { ...stepOf(2), ms: 1000 } });
    await settle();
    expect([events, parts.colourings.length]).toEqual([['step 1', 'step 2'], 1]);
  });

  it('goes on when a preview fails', async () => {
    await request(planOf(), 10);
    parts.loadAndStep(1, stepOf(1));
    parts.drawings[0]?.answer.reject(new Error('no decoder'));
    await settle();
    parts.report({ type: 'step', runId: 1, report: stepOf(2) });
    expect(events).toEqual(['step 1', 'step 2']);
    expect(parts.drawings).toHaveLength(1); // and no more previews are tried
  });
});

describe('a request', () => {
  it('is refused as busy until the run before has ended', async () => {
    await runWithSteps(2, planOf('cpu', { patch: 0 }));
    await expect(engine.start(REQUEST)).rejects.toMatchObject({ code: 'busy' });
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    await settle();
    const second = engine.start(REQUEST);
    await settle();
    parts.loadAndStep(2);
    expect((await second).runId).toBe(2);
  });

  it('may follow at once, from within the end of the run before', async () => {
    await runWithSteps(2, planOf('cpu', { patch: 0 }));
    const second = new Answer<Run>();
    engine.events.once('ended', () => {
      engine.start(REQUEST).then(second.resolve, second.reject);
    });
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    await settle();
    parts.loadAndStep(2);
    expect((await second.promise).runId).toBe(2);
  });

  it('is refused with the reason when its plan cannot be made', async () => {
    parts.plan = Promise.reject(new EngineError('model-invalid', 'No weights.'));
    await expect(engine.start(REQUEST)).rejects.toMatchObject({ code: 'model-invalid' });
    expect([engine.isBusy, engine.run(1)]).toEqual([false, undefined]);
  });

  it('is refused with the reason when the model cannot be opened, and its run is forgotten', async () => {
    const { started } = await request();
    parts.report({
      type: 'run-failed',
      runId: 1,
      error: { code: 'model-invalid', message: 'Damaged weights.' },
    });
    await expect(started).rejects.toMatchObject({ code: 'model-invalid', message: 'Damaged weights.' });
    expect([engine.isBusy, engine.run(1), events]).toEqual([false, undefined, []]);
  });
});

describe('a cancel', () => {
  it('ends the planning', async () => {
    parts.plan = new Answer<RunPlan>().promise;
    const started = engine.start(REQUEST);
    expect(engine.cancel(1)).toBe(true);
    await expect(started).rejects.toMatchObject({ code: 'cancelled' });
    expect(engine.isBusy).toBe(false);
  });

  it('is passed to the thread, which ends the run after its step', async () => {
    const run = await runWithSteps(1);
    engine.cancel(0);
    expect(parts.sent.at(-1)).toEqual({ type: 'cancel', runId: 1 });
    expect(run.state).toBe('running');
    parts.report({ type: 'decoded', runId: 1, state: 'cancelled', ms: 12 });
    expect([run.state, run.timings.decodeMs, engine.isBusy]).toEqual(['cancelled', 12, false]);
    await vi.advanceTimersByTimeAsync(2 * PATIENCE_MS);
    expect([events, parts.threadsLeft]).toEqual([['step 1', 'cancelled'], 0]);
  });

  it('leaves the thread behind when the model takes too long to open', async () => {
    const { started } = await request();
    engine.cancel(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect((await started).state).toBe('cancelled');
    expect([parts.threadsLeft, engine.isBusy]).toEqual([1, false]);
  });

  it('leaves the thread behind when a moved run takes too long to open its model', async () => {
    const run = await runWithSteps(1, planOf('webgpu'));
    parts.report({ type: 'run-failed', runId: 1, error: DEVICE_LOST });
    engine.cancel(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect([run.state, parts.threadsLeft]).toEqual(['cancelled', 1]);
  });

  it('leaves a device that hangs behind, and blames it', async () => {
    const run = await runWithSteps(1, planOf('webgpu'));
    engine.cancel(1);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(run.state).toBe('running');
    await vi.advanceTimersByTimeAsync(1);
    expect([run.state, parts.threadsLeft]).toEqual(['cancelled', 1]);
    expect(await engine.providers.verdict('webgpu', 'answer')).toEqual({
      kind: 'failed',
      message: 'WebGPU did not come back from step 2',
    });
  });

  it('waits for a long step on the CPU', async () => {
    const run = await runWithSteps(1);
    engine.cancel(1);
    await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
    expect([run.state, parts.threadsLeft]).toEqual(['running', 0]);
  });

  it('ends the drawing at once', async () => {
    const run = await runWithSteps(2);
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    engine.cancel(1);
    await settle();
    expect([run.state, events.at(-1)]).toEqual(['cancelled', 'cancelled']);
  });

  it('wins over a later failure, even of the model’s opening', async () => {
    const { started } = await request(planOf('webgpu'));
    engine.cancel(1);
    parts.report({ type: 'run-failed', runId: 1, error: DEVICE_LOST });
    expect((await started).state).toBe('cancelled');
    expect(parts.sent.map(({ type }) => type)).toEqual(['decode', 'cancel']);
  });

  it('changes nothing about a run that has ended, and is refused for a run that is not known', async () => {
    const run = await runWithSteps(2, planOf('cpu', { patch: 0 }));
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    await settle();
    expect([engine.cancel(1), run.state, engine.cancel(7)]).toEqual([true, 'complete', false]);
  });
});

describe('a provider that fails', () => {
  it('is replaced by the CPU; the old trace stays until the new one has more steps', async () => {
    const run = await runWithSteps(1, planOf('webgpu'));
    parts.report({ type: 'run-failed', runId: 1, error: DEVICE_LOST });
    expect(parts.sent.at(-1)).toMatchObject({
      type: 'decode',
      runId: 1,
      job: { execution: { provider: 'cpu' } },
    });
    parts.loadAndStep(1, stepOf(1, 200));
    expect([...run.trace.tokens]).toEqual([100, -1]);
    parts.report({ type: 'step', runId: 1, report: stepOf(2, 201) });
    expect([...run.trace.tokens]).toEqual([200, 201]);
    expect(events).toEqual(['step 1', `moved: ${DEVICE_LOST.message} The CPU goes on.`, 'step 2']);
    expect(run.plan.settings.provider).toBe('cpu');
    expect(await engine.providers.verdict('webgpu', 'answer')).toMatchObject({ kind: 'failed' });
  });

  it('while the model opens gives the requester a notice instead of a move', async () => {
    const { started } = await request(planOf('webgpu'));
    parts.report({ type: 'run-failed', runId: 1, error: DEVICE_LOST });
    parts.report({ type: 'loaded', runId: 1, ms: 1, notices: ['A word is unknown.'] });
    const run = await started;
    expect(run.notices.map(inEnglish)).toEqual([
      `${DEVICE_LOST.message} The CPU goes on.`,
      'A word is unknown.',
    ]);
    expect(events).toEqual([]);
  });

  it('fails the run where the request asks for it', async () => {
    const run = await runWithSteps(1, planOf('webgpu', { onProviderFailure: 'error' }));
    parts.report({ type: 'run-failed', runId: 1, error: DEVICE_LOST });
    await settle();
    expect([run.state, run.error, run.trace.steps]).toEqual(['failed', DEVICE_LOST, 1]);
    expect(await engine.providers.verdict('webgpu', 'answer')).toMatchObject({ kind: 'failed' });
  });

  it('as it draws leaves the drawing to the CPU', async () => {
    const run = await runWithSteps(2, planOf('webgpu'));
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    const failure = 'WebGPU failed while the picture was drawn.';
    parts.drawings.shift()?.answer.reject(new EngineError('provider-failed', failure));
    await settle();
    expect(parts.drawings[0]?.job.execution.provider).toBe('cpu');
    parts.drawNext();
    await settle();
    expect([run.state, events.slice(2)]).toEqual([
      'complete',
      [`moved: ${failure} The CPU goes on.`, 'preview 2', 'complete'],
    ]);
  });

  it('for want of memory on the CPU fails the run, with advice', async () => {
    const run = await runWithSteps(1);
    parts.report({
      type: 'run-failed',
      runId: 1,
      error: { code: 'out-of-memory', message: 'The CPU ran out of memory.' },
    });
    await settle();
    expect(run.error?.message).toMatch(
      /^The CPU ran out of memory\. The model needs at least .* Choose a smaller/,
    );
  });
});

describe('the loss of the inference thread', () => {
  it('fails a run on the CPU, and the next request works', async () => {
    const run = await runWithSteps(1);
    parts.lose('exit code 1');
    await settle();
    expect([run.state, run.error?.code, engine.isBusy]).toEqual(['failed', 'engine-failed', false]);
    expect(events[1]).toMatch(/^crashed: .*exit code 1/);
    const next = engine.start(REQUEST);
    await settle();
    parts.loadAndStep(2);
    expect((await next).runId).toBe(2);
  });

  it('moves a run on a device to the CPU', async () => {
    const run = await runWithSteps(1, planOf('webgpu'));
    parts.lose('exit code 1');
    expect(run.plan.settings.provider).toBe('cpu');
    expect(parts.sent.at(-1)).toMatchObject({ type: 'decode', runId: 1 });
  });

  it('does not disturb a run whose picture is being drawn', async () => {
    const run = await runWithSteps(2);
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    parts.lose('exit code 1');
    parts.drawNext();
    await settle();
    expect(run.state).toBe('complete');
  });
});

describe('a picture that is asked for', () => {
  it('shows the cells that were decided by then', async () => {
    const run = await runWithSteps(2);
    const picture = engine.picture(run, 1);
    expect([...(parts.drawings[0]?.job.tokens ?? [])]).toEqual([100, 100]); // the second cell is filled
    parts.drawNext();
    expect(await picture).toBe(IMAGE);
  });

  it.each([0, 3])('is refused for step %i of two', async (step) => {
    const run = await runWithSteps(2);
    await expect(engine.picture(run, step)).rejects.toThrow(`Step ${step} is outside 1..2`);
  });

  it('is a PNG file only when the run is complete', async () => {
    const run = await runWithSteps(2);
    await expect(engine.png(run)).rejects.toMatchObject({ code: 'bad-request' });
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    parts.drawNext();
    await settle();
    expect(await engine.png(run)).toEqual(Uint8Array.of(1));
    expect(parts.tasks.at(-1)).toMatchObject({
      kind: 'png',
      record: { snapshot: { step: 2 }, run: { state: 'complete' } },
    });
  });
});

describe('a run that is paused', () => {
  it('waits after its next step, is saved, and goes on', async () => {
    const run = await runWithSteps(0);
    engine.events.on('paused', () => events.push('paused'));
    engine.events.on('goes-on', () => events.push('goes on'));
    engine.pause(1);
    expect(parts.sent.at(-1)).toEqual({ type: 'pause', runId: 1 });
    parts.report({ type: 'step', runId: 1, report: stepOf(1) }, { type: 'paused', runId: 1 });
    await settle();
    expect([run.isPaused, run.state]).toEqual([true, 'running']);
    engine.goOn(1, undefined);
    expect([run.isPaused, parts.sent.at(-1)]).toEqual([false, { type: 'go-on', runId: 1, until: undefined }]);
    expect(events).toEqual(['step 1', 'paused', 'goes on']);
  });

  it('waits at the same step again when its provider fails meanwhile and it begins again on the CPU', async () => {
    const run = await runWithSteps(1, planOf('webgpu'));
    parts.report({ type: 'paused', runId: 1 });
    parts.lose('driver gone');
    expect(run.isPaused).toBe(false);
    const [decode, goOn] = parts.sent.slice(-2);
    expect(decode).toMatchObject({ type: 'decode', job: { execution: { provider: 'cpu' } } });
    expect(goOn).toEqual({ type: 'go-on', runId: 1, until: { kind: 'step', step: 1 } });
  });

  it('is cancelled as any other', async () => {
    const run = await runWithSteps(1);
    parts.report({ type: 'paused', runId: 1 });
    engine.cancel(1);
    parts.report({ type: 'decoded', runId: 1, state: 'cancelled', ms: 5 });
    expect([run.state, run.isPaused, engine.isBusy]).toEqual(['cancelled', false, false]);
    expect(() => {
      engine.goOn(1, undefined);
    }).toThrow(/No such run/);
  });
});
