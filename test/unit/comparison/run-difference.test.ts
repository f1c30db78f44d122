import { describe, expect, it } from 'vitest';
import { ComparisonError } from '../../../sidecar/comparison/comparison-error';
import { compareRuns, describeDivergence } from '../../../sidecar/comparison/run-difference';
import { inEnglish } from '../../../sidecar/protocol/sentence';
import { recordOf } from './record-of';

const RASTER = recordOf({
  tokens: [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ],
  steps: [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ],
});
/** Row 1 starts when row 0 is 2 ahead. */
const ZIPAR = recordOf({
  tokens: [
    [1, 2, 3, 4],
    [5, 9, 7, 6],
  ],
  steps: [
    [1, 2, 3, 4],
    [3, 4, 5, 6],
  ],
});

describe('compareRuns', () => {
  it('finds no difference between a run and itself', () => {
    const difference = compareRuns(RASTER, RASTER);
    expect(difference).toMatchObject({ compared: 8, differing: [], agreement: 1, first: undefined });
  });

  it('lists the cells that differ, and agreement by row and column', () => {
    const difference = compareRuns(RASTER, ZIPAR);
    expect(difference.differing).toEqual([5, 7]);
    expect(difference.agreement).toBe(0.75);
    expect(difference.agreementByRow).toEqual([1, 0.5]);
    expect(difference.agreementByColumn).toEqual([1, 0.5, 1, 0.5]);
  });

  it('says of the first divergence what each run could not see above it', () => {
    const { first } = compareRuns(RASTER, ZIPAR);
    expect(first).toMatchObject({
      ...{ row: 1, column: 1, following: 1 },
      sides: [
        { token: 6, step: 6, unseenAbove: 0, above: 4 },
        { token: 9, step: 4, unseenAbove: 1, above: 4 },
      ],
    });
    expect(first && inEnglish(describeDivergence(first, ['raster', 'zipar']))).toBe(
      'The runs part at row 2, column 2: raster drew 6 in step 6 and saw every token above; zipar drew 9 in step 4 and could not see 1 of the 4 tokens above. 1 cell differs after it.',
    );
  });

  it('counts a token of the same step as unseen', () => {
    const { first } = compareRuns(
      recordOf({ tokens: [[1], [2]], steps: [[1], [2]] }),
      recordOf({ tokens: [[1], [3]], steps: [[1], [1]] }),
    );
    expect(first?.sides.map(({ unseenAbove }) => unseenAbove)).toEqual([0, 1]);
  });

  it('compares only cells that both runs decided', () => {
    const cancelled = recordOf({
      tokens: [
        [1, 2, -1, -1],
        [5, -1, -1, -1],
      ],
      steps: [
        [1, 2, -1, -1],
        [3, -1, -1, -1],
      ],
    });
    expect(compareRuns(RASTER, cancelled)).toMatchObject({ compared: 3, differing: [] });
    expect(compareRuns(RASTER, cancelled).agreementByColumn).toEqual([1, 1, 1, 1]);
  });

  it('averages the logarithms of recorded probabilities', () => {
    const likely = recordOf({ tokens: [[1, 2]], steps: [[1, 2]], probabilities: [0.5, 0.125] });
    const [a, b] = compareRuns(likely, recordOf({ tokens: [[1, 2]], steps: [[1, 2]] })).meanLogProbability;
    expect(a).toBeCloseTo(Math.log(0.25), 12);
    expect(b).toBeUndefined();
  });

  it('refuses runs of other grids', () => {
    const narrow = recordOf({ tokens: [[1, 2]], steps: [[1, 2]] });
    expect(() => compareRuns(RASTER, narrow)).toThrow(ComparisonError);
    expect(() => compareRuns(RASTER, narrow)).toThrow(/grid of 2x4 tokens, and the second one of 1x2/);
  });

  it('refuses runs of other weights, even of a model with the same name', () => {
    const other = { ...ZIPAR, origin: { ...ZIPAR.origin, weights: 'other' } };
    expect(() => compareRuns(RASTER, other)).toThrow(/compare runs of one model/);
  });

  it('takes the name of the model where the weights are not known', () => {
    const unknown = { ...ZIPAR, origin: { ...ZIPAR.origin, weights: null } };
    expect(compareRuns(RASTER, unknown).differing).toHaveLength(2);
    const elsewhere = {
      ...unknown,
      run: { ...unknown.run, settings: { ...unknown.run.settings, model: 'b' } },
    };
    expect(() => compareRuns(RASTER, elsewhere)).toThrow(ComparisonError);
  });
});
