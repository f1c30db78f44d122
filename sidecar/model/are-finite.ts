/** Whether all are numbers, neither infinite nor NaN. By index: an iterator takes several times as long. */
export function areFinite(numbers: ArrayLike<number>): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false;
  return true;
}
