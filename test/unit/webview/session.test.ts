import { beforeEach, describe, expect, it } from 'vitest';
import type { RunDescription } from '../../../sidecar/protocol';
import { Session, type Place, type Request } from '../../../webview/session';
import { isRunning, stepShown } from '../../../webview/shown-run';
import { sampleRecord } from '../trace-file/random-records';
import { runOf, snapshotOf, ZIPAR_3X4 } from './synthetic-run';

const running = runOf(ZIPAR_3X4, { state: 'running' });
const complete = runOf(ZIPAR_3X4);

let sent: Request[];
let replaced: number[];
let gone: number[];
let session: Session;

function begin(place?: Place): void {
  sent = [];
  replaced = [];
  gone = [];
  session = new Session(
    {
      // What the page holds is told after every frame; lossy-way.test.ts looks at it.
      send: (request) => (request.type === 'holding' ? 0 : sent.push(request)),
      changed: () => undefined,
      runShown: (runId) => replaced.push(runId),
      runGone: (runId) => gone.push(runId),
      picture: () => undefined,
      alternatives: () => undefined,
      requestFailed: () => undefined,
    },
    place,
  );
}

/** Acts like the link and the sidecar: connects, gets a request for a run, and describes the run. */
function show(run: RunDescription, sidecar = 'one'): void {
  session.showRun(sidecar, 0);
  session.opened();
  session.message({ type: 'run-description', id: sent.length, run });
}

/** The step of the first run on the page. */
function step(): number {
  return session.first ? stepShown(session.first) : NaN;
}

function goTo(to: number): void {
  session.goTo(1, to);
}

function isLive(): boolean {
  return session.first !== undefined && isRunning(session.first, session.state.connection);
}

function snapshot(described: typeof running, step: number): void {
  session.frame({ kind: 'snapshot', snapshot: snapshotOf(described, step), edition: 1 });
}

beforeEach(() => {
  begin();
});

describe('session', () => {
  it('asks for the newest run and follows its steps', () => {
    show(running.run);
    expect(sent).toEqual([{ type: 'watch', runId: 0, changes: true }]);
    snapshot(running, 2);
    snapshot(running, 5);
    expect(step()).toBe(5);
    expect(isLive()).toBe(true);
  });

  it('is empty when there is no run', () => {
    session.showRun('one', 0);
    expect(session.state.isLooking).toBe(true);
    session.opened();
    session.message({ type: 'error', id: 1, error: { code: 'not-found', message: 'No run yet.' } });
    expect(session.state).toMatchObject({ isLooking: false, runs: [], notices: [] });
  });

  it('stays at an earlier step while the run goes on, and follows again at the newest step', () => {
    show(running.run);
    snapshot(running, 5);
    goTo(2);
    snapshot(running, 6);
    expect(step()).toBe(2);
    goTo(Infinity);
    snapshot(running, 7);
    expect(step()).toBe(7);
    goTo(3);
    session.follow(1);
    expect(step()).toBe(7);
  });

  it('knows that a run waits, goes on, and waited before the page came', () => {
    const isPaused = () => session.first?.isPaused;
    show(running.run);
    session.message({ type: 'run-paused', runId: 1, step: 2 });
    expect([isPaused(), isLive()]).toEqual([true, true]);
    session.message({ type: 'run-goes-on', runId: 1 });
    expect(isPaused()).toBe(false);
    session.message({ type: 'run-paused', runId: 1, step: 3 });
    const timings = { loadMs: 0, decodeMs: 0, imageMs: 0 };
    session.message({ type: 'run-ended', runId: 1, state: 'cancelled', steps: 3, timings });
    expect([isPaused(), isLive()]).toEqual([false, false]);
    begin();
    show({ ...running.run, isPaused: true });
    expect(isPaused()).toBe(true);
  });

  it('turns to a new run while following', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.message({
      type: 'run-started',
      id: 9,
      run: { ...running.run, runId: 2 },
      notices: ['Old driver.'],
    });
    expect(sent.at(-1)).toEqual({ type: 'watch', runId: 2, changes: true });
    expect(session.first?.trace.run.runId).toBe(2);
    expect(session.first?.notices).toEqual(['Old driver.']);
    expect(replaced).toEqual([1, 2]);
  });

  it('offers a new run, and does not turn to it, while the user looks at a step', () => {
    show(complete.run);
    snapshot(complete, 8);
    goTo(3);
    session.message({ type: 'run-started', id: 9, run: { ...running.run, runId: 2 }, notices: [] });
    expect(session.first?.trace.run.runId).toBe(1);
    expect(session.state.newerRun?.runId).toBe(2);
    session.showNewerRun();
    session.message({ type: 'run-description', id: sent.length, run: { ...running.run, runId: 2 } });
    expect(session.first?.trace.run.runId).toBe(2);
    expect(session.state.newerRun).toBeUndefined();
  });

  it('turns to a new run that the user asked for from here, whatever step is looked at', () => {
    show(complete.run);
    snapshot(complete, 8);
    goTo(3);
    session.awaitNewRun();
    expect(step()).toBe(3);
    session.message({ type: 'run-started', id: 9, run: { ...running.run, runId: 2 }, notices: [] });
    expect(session.first?.trace.run.runId).toBe(2);
  });

  it('keeps step and snapshots over a reconnection to the same sidecar', () => {
    show(running.run);
    snapshot(running, 5);
    goTo(2);
    session.interrupted();
    session.opened();
    expect(sent.at(-1)).toEqual({ type: 'watch', runId: 1, changes: true });
    session.message({ type: 'run-description', id: sent.length, run: running.run });
    expect(step()).toBe(2);
    expect(replaced).toEqual([1]);
  });

  it('does not take a run of a restarted sidecar for the one on screen, though the ids agree', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.showRun('two', 0);
    expect(session.first?.isKnown).toBe(false);
    session.opened();
    snapshot(complete, 8);
    session.message({ type: 'run-description', id: sent.length, run: running.run });
    expect(step()).toBe(0);
    expect(replaced).toEqual([1, 1]);
  });

  it('keeps the picture on screen when the sidecar is gone', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.lost('The sidecar ended.');
    expect(step()).toBe(8);
    expect(session.state.connection).toEqual({ kind: 'lost', reason: 'The sidecar ended.' });
  });

  it('comes back to the step where the user was, in the same run only', () => {
    show(complete.run);
    snapshot(complete, 8);
    goTo(3);
    const place = session.whereabouts();
    expect(place).toEqual({ runId: 1, seed: 7, step: 3 });
    begin(place);
    show(complete.run);
    snapshot(complete, 8);
    expect(step()).toBe(3);
    begin(place);
    show({ ...complete.run, settings: { ...complete.run.settings, seed: 8 } });
    snapshot(complete, 8);
    expect(step()).toBe(8);
  });

  it('notices the end of the run', () => {
    show(running.run);
    snapshot(running, 8);
    const timings = { loadMs: 1, decodeMs: 2, imageMs: 3 };
    session.message({ type: 'run-ended', runId: 1, state: 'complete', steps: 8, timings });
    expect(isLive()).toBe(false);
  });

  describe('with several runs', () => {
    const second = runOf(ZIPAR_3X4, { runId: 2, state: 'running' });

    beforeEach(() => {
      show(complete.run);
      session.addRun(2);
      session.message({ type: 'run-description', id: sent.length, run: second.run });
    });

    const ids = () => session.state.runs.map(({ trace }) => trace.run.runId);
    const steps = () => session.state.runs.map(stepShown);

    it('puts one beside the other, and each keeps its own step', () => {
      expect(ids()).toEqual([1, 2]);
      snapshot(complete, 8);
      session.frame({ kind: 'snapshot', snapshot: snapshotOf(second, 5), edition: 1 });
      goTo(3);
      expect(steps()).toEqual([3, 5]);
      session.goTo(2, 4);
      expect(steps()).toEqual([3, 4]);
      expect(gone).toEqual([]);
    });

    it('watches all of them again after a reconnection', () => {
      sent.length = 0;
      session.interrupted();
      session.opened();
      expect(sent).toEqual([
        { type: 'watch', runId: 1, changes: true },
        { type: 'watch', runId: 2, changes: true },
      ]);
      session.message({ type: 'run-description', id: 1, run: complete.run });
      session.message({ type: 'run-description', id: 2, run: second.run });
      expect(ids()).toEqual([1, 2]);
      expect(replaced).toEqual([1, 2]);
    });

    it('takes all of them off the page for a new run', () => {
      session.message({ type: 'run-started', id: 9, run: { ...running.run, runId: 3 }, notices: [] });
      expect(ids()).toEqual([3]);
      expect(gone).toEqual([1, 2]);
      expect(sent.filter(({ type }) => type === 'unwatch')).toEqual([
        { type: 'unwatch', runId: 1 },
        { type: 'unwatch', runId: 2 },
      ]);
    });

    it('takes one of them off the page and stops watching it', () => {
      session.removeRun(1);
      expect(ids()).toEqual([2]);
      expect(gone).toEqual([1]);
      expect(sent.at(-1)).toEqual({ type: 'unwatch', runId: 1 });
    });

    it('shows the notice of a run on that run only', () => {
      session.message({ type: 'run-moved', run: second.run, notice: 'Goes on on the CPU.' });
      expect(session.state.runs.map(({ notices }) => notices)).toEqual([[], ['Goes on on the CPU.']]);
    });
  });
});

describe('the run of a file', () => {
  const record = sampleRecord({ state: 'complete' });
  const last = record.snapshot.step;

  it('is on the page without any sidecar, at its last step', () => {
    session.showRecord(record);
    expect(session.state).toMatchObject({ connection: { kind: 'none' }, isLooking: false, notices: [] });
    expect(session.first).toMatchObject({ isKnown: false, isRecorded: true, canDraw: false });
    expect(step()).toBe(last);
    expect(isLive()).toBe(false);
    expect(sent).toEqual([]);
  });

  it('comes back at the step where the user left it', () => {
    session.showRecord(record);
    session.goTo(0, 1);
    const place = session.whereabouts();
    expect(place).toMatchObject({ step: 1, seed: record.run.settings.seed });
    begin(place);
    session.showRecord(record);
    expect(step()).toBe(1);
  });

  it('replaces what was on the page, and leaves it for the next run', () => {
    show(complete.run);
    session.showRecord(record);
    expect(gone).toEqual([1]);
    session.message({ type: 'run-started', id: 9, run: { ...running.run, runId: 2 }, notices: [] });
    expect(session.first?.isRecorded).toBe(false);
  });

  it('says where a run is kept that the user would not look for there', () => {
    show(complete.run);
    session.kept(1, 'It is in no folder.');
    expect(session.first?.keptNotice).toBe('It is in no folder.');
  });
});
