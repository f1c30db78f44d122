import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { uniformAt } from '../../../sidecar/decoding/noise';
import { bootstrapMean } from '../../../sidecar/evaluation/bootstrap';
import { featureStatistics, frechetDistance } from '../../../sidecar/evaluation/frechet-distance';

/** A standard normal number by Box and Muller, determined by seed and place. */
function normal(seed: number, place: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(seed, place, 0)));
  return radius * Math.cos(2 * Math.PI * uniformAt(seed, place, 1));
}

describe('a bootstrap interval', () => {
  it('holds the true mean about 95 times in a hundred, and is as wide as the normal one', () => {
    let held = 0;
    let width = 0;
    for (let trial = 0; trial < 80; trial++) {
      const sample = Array.from({ length: 40 }, (_, i) => 3 + 2 * normal(trial, i));
      const { low, high } = bootstrapMean(sample);
      held += low <= 3 && high >= 3 ? 1 : 0;
      width += (high - low) / 80;
    }
    expect(held).toBeGreaterThanOrEqual(70);
    expect(held).toBeLessThan(80);
    expect(width).toBeCloseTo((2 * 1.96 * 2) / Math.sqrt(40), 1);
  });

  it('is a point where all values are the same', () => {
    expect(bootstrapMean([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  it('needs a value', () => {
    expect(() => bootstrapMean([])).toThrow();
  });
});

describe('the Fréchet distance', () => {
  const unit = { mean: [0, 0], covariance: Matrix.eye(2) };

  it('is zero between equal distributions', () => {
    const some = {
      mean: [1, -2],
      covariance: new Matrix([
        [2, 0.5],
        [0.5, 1],
      ]),
    };
    expect(frechetDistance(some, some)).toBeCloseTo(0, 9);
  });

  it('is the squared distance of the means plus that of the deviations where covariances commute', () => {
    const other = {
      mean: [3, 4],
      covariance: new Matrix([
        [4, 0],
        [0, 9],
      ]),
    };
    expect(frechetDistance(unit, other)).toBeCloseTo(25 + (2 - 1) ** 2 + (3 - 1) ** 2, 9);
  });

  it('follows the formula where they do not commute', () => {
    const other = {
      mean: [0, 0],
      covariance: new Matrix([
        [2, 1],
        [1, 2],
      ]),
    };
    // The eigenvalues of `other` are 3 and 1: tr = 2 + 4 - 2 (√3 + 1).
    expect(frechetDistance(unit, other)).toBeCloseTo(6 - 2 * (Math.sqrt(3) + 1), 9);
  });

  it('does not depend on the scale of a feature, and leaves out what never varies', () => {
    const other = {
      mean: [3, 4],
      covariance: new Matrix([
        [4, 1],
        [1, 9],
      ]),
    };
    const scaled = ({ mean, covariance }: typeof other) => ({
      mean: [(mean[0] ?? 0) * 100, mean[1] ?? 0, 5],
      covariance: new Matrix([
        [covariance.get(0, 0) * 1e4, covariance.get(0, 1) * 100, 0],
        [covariance.get(1, 0) * 100, covariance.get(1, 1), 0],
        [0, 0, 0],
      ]),
    });
    expect(frechetDistance(scaled(unit), scaled(other))).toBeCloseTo(frechetDistance(unit, other), 6);
  });

  it('of a large sample to its own distribution is near zero', () => {
    const sample = Array.from({ length: 4000 }, (_, i) => Float32Array.of(normal(1, i), normal(2, i)));
    expect(frechetDistance(unit, featureStatistics(sample))).toBeLessThan(0.005);
    const shifted = sample.map(([a = 0, b = 0]) => Float32Array.of(a + 1, b));
    expect(frechetDistance(unit, featureStatistics(shifted))).toBeCloseTo(1, 1);
  });
});
