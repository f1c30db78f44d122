/** Whether all are numbers, neither infinite nor NaN. By index: an iterator takes several times as long. */
export function areFinite(numbers: ArrayLike<number>): boolean {
  let index = 0;
  while (index < numbers.length && Number.isFinite(numbers[index])) index++;
  return index === numbers.length;
}
