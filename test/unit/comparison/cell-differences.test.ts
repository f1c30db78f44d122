import { describe, expect, it } from 'vitest';
import { cellDifferences, greatestDistance } from '../../../sidecar/comparison/cell-differences';
import { recordOf } from './record-of';

const run = (probabilities: readonly number[], steps = [[1, 2, 3]]) =>
  recordOf({ tokens: [[1, 2, 3]], steps, probabilities }).snapshot;

describe('differences by cell', () => {
  it('compare probabilities by their logarithms, the second run minus the first', () => {
    const [difference] = cellDifferences(run([0.5, 0.25, 1]), run([0.25, 0.5, 1]));
    expect(difference).toMatchObject({ name: 'log-probability', unit: 'nats' });
    expect([...(difference?.values ?? [])].map((value) => value.toFixed(3))).toEqual([
      '-0.693',
      '0.693',
      '0.000',
    ]);
    expect(greatestDistance(difference?.values ?? new Float32Array())).toBeCloseTo(Math.LN2, 5);
  });

  it('leave out cells that a run did not decide, and tracks that a run does not have', () => {
    const [difference] = cellDifferences(run([0.5, 0.5, 0.5]), run([0.5, 0.5, 0], [[1, 2, -1]]));
    expect([...(difference?.values ?? [])]).toEqual([0, 0, NaN]);
    expect(cellDifferences(run([1, 1, 1]), { ...run([1, 1, 1]), tracks: [] })).toEqual([]);
  });

  it('stay finite where a file rounded a probability to 0', () => {
    const [difference] = cellDifferences(run([1, 1, 1]), run([0, 1, 1]));
    expect(difference?.values[0]).toBeCloseTo(-24 * Math.LN2, 4);
  });

  it('are 0 at most when no cell is compared', () => {
    expect(greatestDistance(Float32Array.of(NaN, NaN))).toBe(0);
  });
});
