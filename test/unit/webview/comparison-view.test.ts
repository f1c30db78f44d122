import { describe, expect, it } from 'vitest';
import { ComparisonError } from '../../../sidecar/comparison/comparison-error';
import type { RunRecord } from '../../../sidecar/trace-file/run-record';
import { colourScale } from '../../../webview/canvas/cell-colours';
import { align, compare, pictureDifferences, withLikelihoods } from '../../../webview/comparison/comparison';
import {
  cellComparison,
  cellComparisonSentence,
  comparisonView,
  signedText,
} from '../../../webview/comparison/comparison-view';
import {
  BY_PICTURE,
  BY_TOKEN,
  differenceMap,
  differenceModes,
} from '../../../webview/comparison/difference-mode';
import { recordOf } from '../comparison/record-of';

const zipar = recordOf({
  tokens: [
    [1, 2, 3],
    [4, 9, 8],
  ],
  steps: [
    [1, 2, 3],
    [3, 4, 5],
  ],
  probabilities: [1, 1, 1, 1, 0.5, 1],
});
const raster = recordOf({
  tokens: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  steps: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  probabilities: [1, 1, 1, 1, 0.25, 1],
});
const arrived = (record: RunRecord, name: string) => ({ file: `file:///${name}`, name, record });
const comparison = compare(arrived(zipar, 'a.png'), arrived(raster, 'b.png'));
const aligned = align(comparison, 'cells');

describe('two runs at one place', () => {
  it('have the same range of colours, with room for the greater numbers of the two', () => {
    const upTo = (record: RunRecord, high: number): RunRecord => ({
      ...record,
      snapshot: { ...record.snapshot, tracks: record.snapshot.tracks.map((track) => ({ ...track, high })) },
    });
    const { runs } = compare(arrived(upTo(zipar, 3), 'a.png'), arrived(upTo(raster, 4.6), 'b.png'));
    for (const { trace } of runs) expect(colourScale(trace, 'probability')).toEqual({ low: 0, high: 4.6 });
  });

  it('stand at the same number of cells, and only cells of both are compared', () => {
    const view = comparisonView(comparison, aligned, 'cells', 5);
    expect(view.sides.map(({ step }) => step)).toEqual([4, 5]);
    expect(view).toMatchObject({ place: 5, lastPlace: 6, compared: 5, differing: 1 });
    expect(view.sentence).toBe(
      'At 5 cells: A step 4 of 5, 5 of 6 cells; B step 5 of 6, 5 of 6 cells. 1 of the 5 cells that both decided differ.',
    );
  });

  it('say how likely each token is in raster order, and how far the pictures differ there', () => {
    const scored = withLikelihoods(comparison, [
      [0, 0, 0, 0, 1.25],
      [0, 0, 0, 0, 2, 3],
    ]);
    const view = comparisonView(scored, aligned, 'cells', 6);
    const pictures = Float32Array.of(0, 0, 0, 0, 0.126, 0);
    const cell = cellComparison(scored, view, 4, pictures);
    expect(cell.differences).toContainEqual({
      label: 'Likelihood in raster order',
      text: '−0.75 nats',
      sides: ['−1.25', '−2.00'],
    });
    expect(cellComparisonSentence(cell)).toMatch(/Likelihood in raster order −0\.75 nats\. Picture 13 %\.$/);
    // The likelihood of run A ends before cell 5.
    const last = cellComparison(scored, view, 5);
    expect(last.differences.map(({ label }) => label)).not.toContain('Likelihood in raster order');
    expect(differenceModes(scored, true).map(([, name]) => name)).toEqual([
      ...['Token', 'Log-probability', 'Likelihood in raster order', 'Picture'],
    ]);
    const map = differenceMap(scored, [5, 6], 'likelihood', undefined);
    expect(Array.from(map.values)).toEqual([0, 0, 0, 0, -0.75, NaN]);
  });

  it('never leave the slider', () => {
    expect(comparisonView(comparison, aligned, 'cells', -3).place).toBe(0);
    expect(comparisonView(comparison, aligned, 'cells', Infinity)).toMatchObject({ place: 6, differing: 2 });
  });

  it('say of a cell what each drew, that the runs part there, and by how much numbers differ', () => {
    const view = comparisonView(comparison, aligned, 'cells', 6);
    const cell = cellComparison(comparison, view, 4);
    expect(cell).toMatchObject({ verdict: 'different', isFirst: true });
    expect(cellComparisonSentence(cell)).toBe(
      'Row 2, column 2: A drew 9 in step 4; B drew 5 in step 5. The runs part here. Log-probability −0.69 nats.',
    );
    expect(cellComparisonSentence(cellComparison(comparison, view, 0))).toContain('The tokens are the same.');
    expect(cellComparison(comparison, view, 5).isFirst).toBe(false);
  });

  it('compare no cell that a run has not decided yet', () => {
    const view = comparisonView(comparison, aligned, 'cells', 3);
    const cell = cellComparison(comparison, view, 3);
    expect(cell).toMatchObject({ verdict: 'uncompared', isFirst: false, differences: [] });
    expect(cellComparisonSentence(cell)).toBe('Row 2, column 1: A has not decided it; B has not decided it.');
  });

  it('are refused when their grids differ', () => {
    const other = recordOf({ tokens: [[1, 2]], steps: [[1, 2]] });
    expect(() => compare(arrived(zipar, 'a'), arrived(other, 'b'))).toThrow(ComparisonError);
  });
});

describe('the map of differences', () => {
  const steps = [5, 6] as const;

  it('marks differing tokens, and no cell that is not compared', () => {
    expect([...differenceMap(comparison, steps, BY_TOKEN, undefined).values]).toEqual([0, 0, 0, 0, 1, 1]);
    expect([...differenceMap(comparison, [4, 6], BY_TOKEN, undefined).values]).toEqual([0, 0, 0, 0, 1, NaN]);
  });

  it('has the scale of the whole runs at every place', () => {
    const early = differenceMap(comparison, [1, 1], 'log-probability', undefined);
    expect(early.most).toBeCloseTo(Math.LN2, 5);
    expect(early).toMatchObject({ isSigned: true, unit: 'nats' });
  });

  it('offers the tracks that both runs have, and pictures where there are two', () => {
    expect(differenceModes(comparison, false).map(([mode]) => mode)).toEqual([BY_TOKEN, 'log-probability']);
    expect(differenceModes(comparison, true).at(-1)).toEqual([BY_PICTURE, 'Picture']);
  });
});

describe('differences of pictures', () => {
  const picture = (rgb: readonly number[]) => ({
    ...{ runId: 1, step: 1, id: 0, width: 2, height: 1 },
    rgb: Uint8Array.from(rgb),
  });

  it('are the mean of the pixels of a cell, from 0 to 1', () => {
    const a = picture([0, 0, 0, 255, 255, 255]);
    const b = picture([0, 0, 51, 0, 0, 0]);
    const [left, right] = pictureDifferences(a, b, [1, 2]);
    expect(left).toBeCloseTo(51 / 255 / 3, 6);
    expect(right).toBe(1);
  });
});

describe('a number with its sign', () => {
  it('has a minus of its own, and a plus', () => {
    expect([signedText(0.471, 2, 'nats'), signedText(-2, 1, ''), signedText(0, 1, '')]).toEqual([
      '+0.47 nats',
      '−2.0',
      '0.0',
    ]);
  });
});
