import { describe, expect, it } from 'vitest';
import {
  beginTrace,
  cellsDecidedBy,
  cellsJudgedAgain,
  cellsOfStep,
  isDecidedBy,
  isLastStepKnown,
  judgementsOfCell,
  judgementsOfStep,
  lastStep,
  msUpTo,
  runState,
  stepsDone,
  withEnding,
  withSnapshot,
} from '../../../webview/trace';
import { ADAPTIVE_3X4, runOf, snapshotOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const zipar = runOf(ZIPAR_3X4, { state: 'running' });
const ending = {
  type: 'run-ended',
  runId: 1,
  steps: 8,
  timings: { loadMs: 0, decodeMs: 1, imageMs: 1 },
} as const;

describe('trace', () => {
  it('knows from the newest snapshot alone which cells each step decided', () => {
    const trace = traceAfter(zipar, 8);
    const cells = Array.from({ length: 9 }, (_, step) => [...cellsOfStep(trace, step)]);
    expect(cells).toEqual([[], [0], [1], [2, 4], [3, 5], [6, 8], [7, 9], [10], [11]]);
  });

  it('counts the cells decided so far', () => {
    const trace = traceAfter(zipar, 8);
    expect([0, 1, 3, 8].map((step) => cellsDecidedBy(trace, step))).toEqual([0, 1, 4, 12]);
    expect(isDecidedBy(trace, 4, 2)).toBe(false);
    expect(isDecidedBy(trace, 4, 3)).toBe(true);
  });

  it('misses nothing when snapshots in between were dropped', () => {
    const jumped = withSnapshot(traceAfter(zipar, 2), snapshotOf(zipar, 6));
    expect(jumped).toEqual(traceAfter(zipar, 6));
  });

  it('keeps the newer snapshot when an older one comes late', () => {
    const trace = traceAfter(zipar, 5);
    expect(withSnapshot(trace, snapshotOf(zipar, 4))).toBe(trace);
  });

  it('ignores snapshots of another run and of another grid', () => {
    const trace = traceAfter(zipar, 2);
    expect(withSnapshot(trace, { ...snapshotOf(zipar, 3), runId: 2 })).toBe(trace);
    expect(withSnapshot(trace, { ...snapshotOf(zipar, 3), height: 4, width: 3 })).toBe(trace);
  });

  it('has no cells for steps that are not done', () => {
    const trace = traceAfter(zipar, 3);
    expect(cellsOfStep(trace, 4)).toHaveLength(0);
    expect(cellsDecidedBy(trace, 99)).toBe(4);
    expect(stepsDone(beginTrace(zipar.run))).toBe(0);
  });

  it('ends where the plan ends while running, and where it stopped once cancelled', () => {
    const running = traceAfter(zipar, 3);
    expect(lastStep(running)).toBe(8);
    const cancelled = withEnding(running, { ...ending, state: 'cancelled' });
    expect(runState(cancelled)).toBe('cancelled');
    expect(lastStep(cancelled)).toBe(3);
  });

  it('ends later than it promised when rows wait, and knows its end once it is there', () => {
    const waiting = { ...ADAPTIVE_3X4, run: { ...ADAPTIVE_3X4.run, state: 'running' as const } };
    const ends = [0, 6, 7, 8, 11].map((step) => lastStep(traceAfter(waiting, step)));
    expect(ends).toEqual([10, 10, 11, 11, 11]);
    expect(isLastStepKnown(traceAfter(waiting, 8))).toBe(false);
    expect(isLastStepKnown(withEnding(traceAfter(waiting, 11), { ...ending, state: 'complete' }))).toBe(true);
    expect(isLastStepKnown(traceAfter(zipar, 3))).toBe(true);
  });

  it('knows which candidates were judged, as of any step', () => {
    const trace = traceAfter(ADAPTIVE_3X4, 11);
    expect(judgementsOfStep(trace, 7)).toMatchObject([{ position: 8, accepted: false }]);
    expect(judgementsOfStep(trace, 6)).toEqual([]);
    expect(judgementsOfCell(trace, 8, 11).map(({ step }) => step)).toEqual([7, 8]);
    expect(judgementsOfCell(trace, 8, 7).map(({ step }) => step)).toEqual([7]);
    expect([7, 8, 11].map((step) => cellsJudgedAgain(trace, step))).toEqual([[], [8], [8]]);
  });

  it('takes the end of its own run only', () => {
    const running = traceAfter(zipar, 3);
    expect(withEnding(running, { ...ending, runId: 2, state: 'complete' })).toBe(running);
  });

  it('adds up the times of the steps', () => {
    expect(msUpTo(traceAfter(zipar, 8), 3)).toBe(10 + 20 + 30);
    expect(msUpTo(traceAfter(zipar, 8), 0)).toBe(0);
  });
});
