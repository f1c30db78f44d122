/** What was measured several times: the median, and the quartiles that half of the values lie between. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @param values at least one, in any order */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('A spread needs at least one value.');
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** @param values at least one, in any order */
export function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** Between the two nearest values, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}
