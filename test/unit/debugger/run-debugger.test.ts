import { beforeEach, describe, expect, it } from 'vitest';
import { readBreakpoint } from '../../../sidecar/debugger/breakpoints';
import {
  cellVariables,
  draftVariables,
  feedVariables,
  maskVariables,
  type RunVariable,
} from '../../../sidecar/debugger/cell-variables';
import { readToken } from '../../../sidecar/debugger/run-edits';
import { RunDebugger } from '../../../sidecar/debugger/run-debugger';
import { RunSteps } from '../../../sidecar/debugger/run-steps';
import { lineOf, stepAtLine, stepListing } from '../../../sidecar/debugger/step-listing';
import { inEnglish } from '../../../sidecar/protocol';
import { smallRun } from './small-run';

let steps: RunSteps;
let run: RunDebugger;
beforeEach(() => {
  steps = new RunSteps(smallRun());
  run = new RunDebugger(steps);
});

/** Continues with one breakpoint. @returns step and cell of the stop, or "end" */
function runUntil(condition: string): unknown {
  const moved = run.runUntil([readBreakpoint(condition, undefined, steps)]);
  return moved.kind === 'end' ? 'end' : [moved.stop.step, moved.stop.cell];
}

function goTo(step: number): void {
  run.goTo(step);
}

describe('a debugger of a run', () => {
  it.each([
    ['step == 4', [4, 3]],
    ['row == 2 and column == 3', [3 + 3, 6]],
    ['entropy > 3', [6, 6]],
    ['rejected', [3, 4]],
    ['corrected', [6, 6]],
    ['entropy > 9', 'end'],
  ])('stops where %s', (condition, expected) => {
    expect(runUntil(condition)).toEqual(expected);
  });

  it('goes on from a stop to the next one, and back', () => {
    expect([runUntil('entropy >= 3'), runUntil('entropy >= 3'), runUntil('entropy >= 3')]).toEqual([
      [5, 5],
      [6, 6],
      'end',
    ]);
    expect(run.runBack([readBreakpoint('entropy >= 3', undefined, steps)])).toMatchObject({
      stop: { step: 5 },
    });
    expect(run.runBack([])).toMatchObject({ stop: { step: 0 }, isBreakpoint: false });
  });

  it('makes one pass on and back, in a row, and out of it', () => {
    run.next();
    run.next();
    run.back();
    expect(run.step).toBe(1);
    run.nextIn(1);
    expect(run.step).toBe(4);
    goTo(1);
    run.outOf(0);
    expect(run.step).toBe(4);
    expect(run.outOf(0)).toMatchObject({ stop: { step: 5 } });
    goTo(7);
    expect(run.next()).toEqual({ kind: 'end' });
    goTo(0);
    run.back();
    expect(run.step).toBe(0);
  });

  it('has the rows in flight, with their newest cells first', () => {
    const rowsAt = (step: number) => {
      goTo(step);
      return run.rows().map(({ row, cells }) => `${row}: ${cells.join(' ')}`);
    };
    expect(rowsAt(0)).toEqual(['0: 0']);
    // A start was rejected in row 2, so it is in flight without a decided cell.
    expect(rowsAt(3)).toEqual(['0: 2 1 0', '1: 4']);
    expect(rowsAt(4)).toEqual(['0: 3 2 1 0', '1: 4']);
    expect(rowsAt(6)).toEqual(['1: 6 5 4']);
  });

  it('knows the values of a cell, what was drafted, fed and seen', () => {
    goTo(5);
    const text = (variables: readonly RunVariable[]) =>
      variables.map(({ name, value }) => `${inEnglish(name)} ${inEnglish(value)}`).join('; ');
    expect(text(cellVariables(run, 5))).toBe(
      'row 2; column 2; step 5; token 21; probability 0.750; entropy 3.00 nats; forbidden none',
    );
    expect(text(cellVariables(run, 6))).toBe('row 2; column 3; token not decided yet');
    expect(text(draftVariables(run))).toBe('row 2, column 3 token 77');
    expect(text(feedVariables(run))).toBe('place 3 token 13; place 4 token 20');
    goTo(4);
    expect(text(maskVariables(run, 4))).toBe(
      'seen 3 of 4 cells before it; row 1, column 4 hidden; row 1, column 4 stand-in 11',
    );
    expect(run.evaluate('mean(entropy)', undefined)).toBe(2.25);
    expect(() => run.evaluate('entropy', undefined)).toThrow('has no value after step 4');
  });

  it('shows its steps as the lines of a text', () => {
    const lines = stepListing(steps, inEnglish).split('\n');
    expect(lines[0]).toContain('class 1: tiny, Raster, seed 7');
    expect(lines[lineOf(4) - 1]).toBe('4  row 1, column 4: 13; row 2, column 1: 20');
    expect(lines[lineOf(3) - 1]).toBe('3  row 1, column 3: 12; start of row 2, column 1 rejected: 99');
    expect([1, 5, 99].map((line) => stepAtLine(line, steps))).toEqual([0, 4, 7]);
  });
});

describe('the changes of a run', () => {
  it('branch where the run stands, and no recorded step follows them', () => {
    goTo(5);
    run.edits.set(5, 400);
    expect(cellVariables(run, 5).find(({ name }) => name === 'token')?.value).toBe('400');
    expect(run.edits.changesAt(run.step)).toEqual({ step: 5, set: [{ cell: 5, token: 400 }], forbid: [] });
    expect(() => run.next()).toThrow('Continue makes the branch');
    expect(() => run.back()).toThrow('Continue makes the branch');
    run.edits.set(5, 21);
    expect(run.edits.isEmpty).toBe(true);
    expect(run.next()).toMatchObject({ stop: { step: 6 } });
  });

  it('branch before the cell whose token is forbidden', () => {
    goTo(6);
    run.edits.set(1, 400);
    run.edits.forbid(5, 21);
    expect(run.edits.changesAt(run.step)).toEqual({
      step: 4,
      set: [{ cell: 1, token: 400 }],
      forbid: [{ cell: 5, token: 21 }],
    });
    expect(() => {
      run.edits.set(6, 9);
    }).toThrow('row 2, column 3 is not decided; make the two changes in two branches.');
  });

  it('have whole tokens from 0', () => {
    expect(readToken(' 806 ')).toBe(806);
    for (const text of ['', '-1', '1.5', 'x', '99999999999'])
      expect(() => readToken(text)).toThrow('is no token');
  });
});
