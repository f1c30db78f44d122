/** Whether all are numbers, neither infinite nor NaN. */
export function areFinite(numbers: Float32Array | readonly number[]): boolean {
  for (const number of numbers) if (!Number.isFinite(number)) return false;
  return true;
}
