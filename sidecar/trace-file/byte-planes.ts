import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/**
 * The bytes of integers, ordered so that deflate makes them small: first the lowest byte of each number, then the next byte of
 * each number. Small or similar numbers then give long runs of equal bytes.
 * @param bytes the number of bytes for each integer, 1..4
 */
export function toPlanes(numbers: ArrayLike<number>, bytes: number): Uint8Array {
  const planes = new Uint8Array(bytes * numbers.length);
  for (let plane = 0; plane < bytes; plane++) {
    for (let i = 0; i < numbers.length; i++)
      planes[plane * numbers.length + i] = (numbers[i] ?? 0) >>> (8 * plane);
  }
  return planes;
}

/** Reads the numbers that {@link toPlanes} wrote, one column after another. */
export class PlaneReader {
  private offset = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /**
   * The next column.
   * @param count the number of integers
   * @param bytes the number of bytes for each integer, 1..4
   * @throws TraceFileError when the bytes end too soon
   */
  column(count: number, bytes: number): Uint32Array {
    if (count * bytes > this.bytes.length - this.offset)
      throw new TraceFileError(sentence`The trace ends in the middle; it is damaged.`);
    const numbers = new Uint32Array(count);
    for (let plane = 0; plane < bytes; plane++) {
      for (let i = 0; i < count; i++)
        numbers[i] = (numbers[i] ?? 0) | ((this.bytes[this.offset + plane * count + i] ?? 0) << (8 * plane));
    }
    this.offset += count * bytes;
    return numbers;
  }

  /** Checks that all bytes are read. @throws TraceFileError when bytes are left */
  expectEnd(): void {
    if (this.offset !== this.bytes.length)
      throw new TraceFileError(sentence`The trace holds more than it claims; it is damaged.`);
  }
}

/** A signed integer as an unsigned one: 0, -1, 1, -2 become 0, 1, 2, 3. So small negative numbers become small numbers. */
export function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** The number that {@link zigzag} turned into an unsigned one. */
export function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** The difference of each number from the number before it, as {@link zigzag} writes it. The first number counts from 0. */
export function differences(numbers: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(numbers, (value, i) => zigzag(value - (i > 0 ? (numbers[i - 1] ?? 0) : 0)));
}

/** The numbers from which {@link differences} made the differences. */
export function sums(differences: Uint32Array): Int32Array {
  let sum = 0;
  return Int32Array.from(differences, (difference) => (sum = (sum + unzigzag(difference)) | 0));
}
