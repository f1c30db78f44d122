import { describe, expect, it } from 'vitest';
import { cellSentence, cellView, stepSentence, stepView } from '../../../webview/step-view';
import { beginTrace } from '../../../webview/trace';
import { ADAPTIVE_3X4, RASTER_2X3, runOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const zipar = traceAfter(runOf(ZIPAR_3X4), 8);
const raster = traceAfter(runOf(RASTER_2X3), 6);

describe('step view', () => {
  it('highlights the cells of the step, one in each row under way', () => {
    expect([...stepView(zipar, 3).highlighted]).toEqual([2, 4]);
    expect([...stepView(zipar, 5).highlighted]).toEqual([6, 8]);
  });

  it('highlights one cell a step in raster order', () => {
    for (let step = 1; step <= 6; step++) expect([...stepView(raster, step).highlighted]).toEqual([step - 1]);
  });

  it('counts tokens and steps', () => {
    expect(stepView(zipar, 4)).toMatchObject({
      step: 4,
      lastStep: 8,
      stepsDone: 8,
      decidedCells: 6,
      cells: 12,
      rasterSteps: 12,
      savedPercent: 33,
      savedAtMost: false,
    });
  });

  it('claims no saving of a run that was stopped', () => {
    for (const state of ['cancelled', 'failed'] as const)
      expect(stepView(traceAfter(runOf(ZIPAR_3X4, { state }), 4), 4).savedPercent).toBeUndefined();
    expect(stepView(traceAfter(runOf(ZIPAR_3X4, { state: 'running' }), 4), 4).savedPercent).toBe(33);
  });

  it('gives the time of the step and of the run', () => {
    expect(stepView(zipar, 3)).toMatchObject({ stepMs: 30, runMs: 360 });
    expect(stepView(zipar, 0).stepMs).toBeUndefined();
  });

  it('never goes beyond the newest step nor before the first', () => {
    expect(stepView(zipar, 99).step).toBe(8);
    expect(stepView(zipar, -1).step).toBe(0);
    expect(stepView(beginTrace(runOf(ZIPAR_3X4, { state: 'running' }).run), 5)).toMatchObject({
      step: 0,
      lastStep: 8,
    });
  });

  it('shows the same for a step whether the run was at that step or far beyond it', () => {
    const then = stepView(traceAfter(runOf(ZIPAR_3X4, { state: 'running' }), 4), 4);
    const later = stepView(traceAfter(runOf(ZIPAR_3X4, { state: 'running' }), 7), 4);
    expect({ ...later, stepsDone: 4, runMs: then.runMs }).toEqual(then);
  });
});

describe('step view of a run whose rows wait', () => {
  const described = { ...ADAPTIVE_3X4, run: { ...ADAPTIVE_3X4.run, state: 'running' as const } };

  it('promises no more than it knows while the run goes on', () => {
    expect(stepView(traceAfter(described, 6), 6)).toMatchObject({
      lastStep: 10,
      isLastStepKnown: false,
      lastStepText: 'at least 10',
      savedPercent: 16,
      savedAtMost: true,
    });
    expect(stepView(traceAfter(described, 7), 7)).toMatchObject({ lastStep: 11, savedPercent: 8 });
  });

  it('shows the final numbers when the run is over', () => {
    expect(stepView(traceAfter(ADAPTIVE_3X4, 11), 7)).toMatchObject({
      lastStep: 11,
      isLastStepKnown: true,
      lastStepText: '11',
      savedPercent: 8,
      savedAtMost: false,
    });
  });

  it('marks the row starts that were judged again, once they were', () => {
    const trace = traceAfter(ADAPTIVE_3X4, 11);
    expect([7, 8].map((step) => stepView(trace, step).judgedAgain)).toEqual([[], [8]]);
  });

  it('tells in a sentence what became of the candidate, and whether the row waits', () => {
    const trace = traceAfter(ADAPTIVE_3X4, 11);
    expect(stepSentence(trace, 4)).toBe(
      'Step 4 of 11: 2 tokens decided, rows 1 to 2. Row 2 start: candidate accepted (0.25 → 0.50). 5 of 12 cells done.',
    );
    expect(stepSentence(trace, 7)).toBe(
      'Step 7 of 11: 1 token decided, row 2. Row 3 start: candidate rejected (0.12 → 0.03), waits. 8 of 12 cells done.',
    );
    expect(stepSentence(trace, 8)).toContain('Row 3 start: candidate rejected (0.40 → 0.10), replaced.');
    expect(stepSentence(traceAfter(described, 7), 6)).toBe(
      'Step 6 of at least 11: 1 token decided, row 2. 7 of 12 cells done.',
    );
  });

  it('says how often a cell was judged, and how each candidate’s probability changed', () => {
    const trace = traceAfter(ADAPTIVE_3X4, 11);
    expect(cellSentence(cellView(trace, 11, 8))).toMatch(
      /decided in step 8, .* Judged 2 times: 0\.12 → 0\.03 rejected, 0\.40 → 0\.10 rejected\.$/,
    );
    expect(cellSentence(cellView(trace, 7, 8))).toBe(
      'Row 3, column 1: not decided yet. Judged once: 0.12 → 0.03 rejected.',
    );
    expect(cellSentence(cellView(trace, 11, 4))).toContain('Judged once: 0.25 → 0.50 accepted.');
  });
});

describe('sentence', () => {
  it('names tokens, rows and cells', () => {
    expect(stepSentence(zipar, 5)).toBe('Step 5 of 8: 2 tokens decided, rows 2 to 3. 8 of 12 cells done.');
  });

  it('is singular for one token in one row', () => {
    expect(stepSentence(raster, 4)).toBe('Step 4 of 6: 1 token decided, row 2. 4 of 6 cells done.');
  });

  it('says that nothing is decided at step 0', () => {
    expect(stepSentence(zipar, 0)).toBe('Step 0 of 8: nothing is decided yet.');
  });

  it('says so when a step decided no token', () => {
    const pausing = traceAfter(runOf([[1, 3]]), 3);
    expect(stepSentence(pausing, 2)).toBe('Step 2 of 3: no token decided. 1 of 2 cells done.');
  });
});

describe('cell view', () => {
  it('tells what was decided', () => {
    expect(cellView(zipar, 8, 5)).toEqual({
      position: 5,
      row: 2,
      column: 2,
      decidedIn: 4,
      decision: {
        token: 105,
        values: [
          { label: 'Probability', text: '0.500' },
          { label: 'Entropy', text: '1.25 nats' },
        ],
      },
      judgements: [],
    });
  });

  it('hides the decision before the step that takes it, but names that step', () => {
    expect(cellView(zipar, 3, 5)).toMatchObject({ decidedIn: 4, decision: undefined });
  });

  it('knows no step for a cell still to come', () => {
    const running = traceAfter(runOf(ZIPAR_3X4, { state: 'running' }), 3);
    expect(cellView(running, 3, 11)).toMatchObject({ row: 3, column: 4, decidedIn: undefined });
  });

  it('reads itself aloud', () => {
    expect(cellSentence(cellView(zipar, 8, 5))).toBe(
      'Row 2, column 2: token 105, decided in step 4, probability 0.500, entropy 1.25 nats.',
    );
    expect(cellSentence(cellView(zipar, 0, 5))).toBe('Row 2, column 2: not decided yet.');
  });
});
