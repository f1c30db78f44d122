import type { Estimate } from '../decoder-report/decoder-report';
import { uniformAt } from '../decoding/noise';

const RESAMPLES = 2000;
const SEED = 20412;

/**
 * Percentile bootstrap interval of a mean: 95 %, 2000 resamples at a fixed seed. For a paired comparison give one
 * difference for each pair: what the two values of a pair have in common then cancels.
 * @param values at least one
 */
export function bootstrapMean(values: readonly number[]): Estimate {
  const count = values.length;
  if (count === 0) throw new Error('A mean needs at least one value.');
  const means = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[Math.floor(uniformAt(SEED, i, resample) * count)] ?? 0;
    means[resample] = sum / count;
  }
  means.sort();
  const quantile = (q: number): number => means[Math.round(q * (RESAMPLES - 1))] ?? 0;
  return { mean: mean(values), low: quantile(0.025), high: quantile(0.975) };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
