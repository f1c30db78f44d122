import { describe, expect, it } from 'vitest';
import { draftOfCell, draftsAt } from '../../../webview/drafts';
import { meaningOf } from '../../../webview/run-text';
import { cellSentence, cellView, stepSentence } from '../../../webview/step-view';
import { LOOKAHEAD_2X4, runOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const trace = traceAfter(LOOKAHEAD_2X4, 5);

describe('drafts', () => {
  it('are open until a step confirms or corrects them', () => {
    expect(draftsAt(trace, 1)).toMatchObject({ open: [], confirmed: [], corrected: [], tried: 0 });
    expect(draftsAt(trace, 2)).toMatchObject({ open: [], confirmed: [1], corrected: [2] });
    expect(draftsAt(trace, 3)).toMatchObject({ open: [5], confirmed: [1, 3], corrected: [2, 4] });
    expect(draftsAt(trace, 4)).toMatchObject({ open: [], confirmed: [1, 3, 5], corrected: [2, 4] });
  });

  it('are counted for each step: those it tried, and those it confirmed', () => {
    const counts = [1, 2, 3, 4, 5].map((step) => {
      const view = draftsAt(trace, step);
      return [view?.tried, view?.confirmedNow];
    });
    expect(counts).toEqual([
      [0, 0],
      [2, 1],
      [3, 1],
      [1, 1],
      [0, 0],
    ]);
  });

  it('show the front of each row that has begun and is not complete', () => {
    const fronts = [0, 1, 2, 3, 4, 5].map((step) => draftsAt(trace, step)?.fronts);
    expect(fronts).toEqual([[], [1], [3], [5], [7], []]);
  });

  it('are nothing that a run without them shows', () => {
    expect(draftsAt(traceAfter(runOf(ZIPAR_3X4), 8), 3)).toBeUndefined();
  });

  it('are told cell by cell, with how many there were', () => {
    expect(draftOfCell(trace, 5, 1)).toEqual({ token: 101, state: 'confirmed', count: 1 });
    expect(draftOfCell(trace, 5, 2)).toEqual({ token: 7, state: 'corrected', count: 1 });
    expect(draftOfCell(trace, 3, 5)).toEqual({ token: 9, state: 'open', count: 1 });
    expect(draftOfCell(trace, 4, 5)).toEqual({ token: 105, state: 'confirmed', count: 2 });
    expect(draftOfCell(trace, 5, 7)).toBeUndefined();
    expect(draftOfCell(trace, 1, 1)).toBeUndefined();
  });

  it('are read aloud', () => {
    expect(stepSentence(trace, 3)).toBe(
      'Step 3 of 5: 2 tokens decided, rows 1 to 2. 3 drafts tried, 1 confirmed. 5 of 8 cells done.',
    );
    expect(stepSentence(trace, 4)).toContain(' 1 draft tried, 1 confirmed. ');
    expect(stepSentence(trace, 5)).not.toContain('draft');
    expect(cellSentence(cellView(trace, 3, 5))).toBe('Row 2, column 2: not decided yet. Draft 9, open.');
    expect(cellSentence(cellView(trace, 4, 5))).toMatch(/ Draft 105, the last of 2, confirmed\.$/);
  });

  it('are explained: the same picture where there is a plain decoder, else a test that was passed', () => {
    expect(meaningOf(8)).toContain('the picture is the same as in 8 steps without drafts');
    expect(meaningOf(undefined)).toContain('passed the test');
  });
});
