import { describe, expect, it } from 'vitest';
import { GrowingRows } from '../../../sidecar/model/cache/growing-rows';

/** Fills the end of each row, from a column on, with numbers that tell row and column. */
function fill(array: GrowingRows, rows: number, length: number, from: number): void {
  for (let row = 0; row < rows; row++)
    for (let column = from; column < length; column++)
      array.numbers[row * length + column] = 100 * row + column;
}

describe('rows that grow', () => {
  it('keep their numbers, also beyond what was expected', () => {
    const array = new GrowingRows(3, 4);
    let before = 0;
    // Up to 8 numbers a row have a reserved place. With more, the rows move.
    for (const length of [2, 3, 8, 9, 30]) {
      array.lengthen(length);
      fill(array, 3, length, before);
      before = length;
      expect([...array.numbers]).toEqual(
        [0, 1, 2].flatMap((row) => Array.from({ length }, (_, column) => 100 * row + column)),
      );
    }
  });

  it('give their memory back at once', () => {
    const array = new GrowingRows(2, 8);
    array.lengthen(8);
    const { buffer } = array.numbers;
    expect(buffer.byteLength).toBe(64);
    array.release();
    expect(buffer.byteLength).toBe(0);
  });
});
