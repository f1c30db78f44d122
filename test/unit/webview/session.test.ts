import { beforeEach, describe, expect, it } from 'vitest';
import type { RunDescription } from '../../../sidecar/protocol';
import { isRunning, Session } from '../../../webview/session';
import type { Place, Request } from '../../../webview/session';
import { runOf, snapshotOf, ZIPAR_3X4 } from './synthetic-run';

const running = runOf(ZIPAR_3X4, { state: 'running' });
const complete = runOf(ZIPAR_3X4);

let sent: Request[];
let replaced: number[];
let session: Session;

function begin(place?: Place): void {
  sent = [];
  replaced = [];
  session = new Session(
    {
      send: (request) => sent.push(request),
      changed: () => undefined,
      runReplaced: (runId) => replaced.push(runId),
      picture: () => undefined,
      requestFailed: () => undefined,
    },
    place,
  );
}

/** As the link and the sidecar do: connect, be asked for a run, describe it. */
function show(run: RunDescription, sidecar = 'one'): void {
  session.showRun(sidecar, 0);
  session.opened();
  session.message({ type: 'run-description', id: sent.length, run });
}

function snapshot(described: typeof running, step: number): void {
  session.frame({ kind: 'snapshot', snapshot: snapshotOf(described, step) });
}

beforeEach(() => {
  begin();
});

describe('session', () => {
  it('asks for the newest run and follows its steps', () => {
    show(running.run);
    expect(sent).toEqual([{ type: 'watch', runId: 0 }]);
    snapshot(running, 2);
    snapshot(running, 5);
    expect(session.step).toBe(5);
    expect(isRunning(session.state)).toBe(true);
  });

  it('is empty when there is no run', () => {
    session.showRun('one', 0);
    expect(session.state.looking).toBe(true);
    session.opened();
    session.message({ type: 'error', id: 1, error: { code: 'not-found', message: 'No run yet.' } });
    expect(session.state).toMatchObject({ looking: false, trace: undefined, notices: [] });
  });

  it('stays at the step gone back to while the run goes on, and follows again at its newest', () => {
    show(running.run);
    snapshot(running, 5);
    session.goTo(2);
    snapshot(running, 6);
    expect(session.step).toBe(2);
    session.goTo(Infinity);
    snapshot(running, 7);
    expect(session.step).toBe(7);
    session.goTo(3);
    session.follow();
    expect(session.step).toBe(7);
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
    expect(sent.at(-1)).toEqual({ type: 'watch', runId: 2 });
    expect(session.state.trace?.run.runId).toBe(2);
    expect(session.state.notices).toEqual(['Old driver.']);
    expect(replaced).toEqual([1, 2]);
  });

  it('offers a new run, and does not turn to it, while the user looks at a step', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.goTo(3);
    session.message({ type: 'run-started', id: 9, run: { ...running.run, runId: 2 }, notices: [] });
    expect(session.state.trace?.run.runId).toBe(1);
    expect(session.state.newerRun?.runId).toBe(2);
    session.showNewerRun();
    session.message({ type: 'run-description', id: sent.length, run: { ...running.run, runId: 2 } });
    expect(session.state.trace?.run.runId).toBe(2);
    expect(session.state.newerRun).toBeUndefined();
  });

  it('turns to a new run that the user asked for from here, whatever step is looked at', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.goTo(3);
    session.awaitNewRun();
    expect(session.step).toBe(3);
    session.message({ type: 'run-started', id: 9, run: { ...running.run, runId: 2 }, notices: [] });
    expect(session.state.trace?.run.runId).toBe(2);
  });

  it('keeps step and snapshots over a reconnection to the same sidecar', () => {
    show(running.run);
    snapshot(running, 5);
    session.goTo(2);
    session.interrupted();
    session.opened();
    expect(sent.at(-1)).toEqual({ type: 'watch', runId: 1 });
    session.message({ type: 'run-description', id: sent.length, run: running.run });
    expect(session.step).toBe(2);
    expect(replaced).toEqual([1]);
  });

  it('does not take a run of a restarted sidecar for the one on screen, though the ids agree', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.showRun('two', 0);
    expect(session.state.known).toBe(false);
    session.opened();
    snapshot(complete, 8);
    session.message({ type: 'run-description', id: sent.length, run: running.run });
    expect(session.step).toBe(0);
    expect(replaced).toEqual([1, 1]);
  });

  it('keeps the picture on screen when the sidecar is gone', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.lost('The sidecar ended.');
    expect(session.step).toBe(8);
    expect(session.state.connection).toEqual({ kind: 'lost', reason: 'The sidecar ended.' });
  });

  it('comes back to the step where the user was, in the same run only', () => {
    show(complete.run);
    snapshot(complete, 8);
    session.goTo(3);
    const place = session.whereabouts();
    expect(place).toEqual({ runId: 1, seed: 7, step: 3 });
    begin(place);
    show(complete.run);
    snapshot(complete, 8);
    expect(session.step).toBe(3);
    begin(place);
    show({ ...complete.run, settings: { ...complete.run.settings, seed: 8 } });
    snapshot(complete, 8);
    expect(session.step).toBe(8);
  });

  it('learns of the end', () => {
    show(running.run);
    snapshot(running, 8);
    const timings = { loadMs: 1, decodeMs: 2, imageMs: 3 };
    session.message({ type: 'run-ended', runId: 1, state: 'complete', steps: 8, timings });
    expect(isRunning(session.state)).toBe(false);
  });
});
