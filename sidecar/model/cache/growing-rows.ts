const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Address space is reserved for this many times the expected length. Memory is taken only for what is there. */
const RESERVE = 2;

/**
 * Rows of numbers of one length, row after row, that grow without a copy elsewhere. A copy would keep its old memory until the
 * garbage collector runs. The collector runs late, because it does not see how much memory an array takes.
 */
export class GrowingRows {
  private buffer: ArrayBuffer;
  private length = 0;
  /** All rows, [rows, length]. It is another array after `lengthen`. */
  numbers: Float32Array<ArrayBuffer>;

  /** @param expected numbers that a row has at most, as far as is known */
  constructor(
    private readonly rows: number,
    expected: number,
  ) {
    this.buffer = reserved(rows * expected * RESERVE * BYTES);
    this.numbers = new Float32Array(this.buffer, 0, 0);
  }

  /** Makes each row longer. The added numbers at its end have any finite value. */
  lengthen(length: number): void {
    const { rows, length: before } = this;
    const bytes = rows * length * BYTES;
    if (bytes > this.buffer.maxByteLength) {
      const larger = reserved(bytes * RESERVE);
      larger.resize(rows * before * BYTES);
      new Float32Array(larger).set(this.numbers);
      this.release();
      this.buffer = larger;
    }
    this.buffer.resize(bytes);
    this.numbers = new Float32Array(this.buffer, 0, rows * length);
    // The last row first: it moves farthest, to where no other row is.
    for (let row = rows - 1; row > 0; row--)
      this.numbers.copyWithin(row * length, row * before, (row + 1) * before);
    this.length = length;
  }

  /** Gives the memory back at once. The numbers are gone. */
  release(): void {
    this.buffer.resize(0);
  }
}

function reserved(bytes: number): ArrayBuffer {
  return new ArrayBuffer(0, { maxByteLength: bytes });
}
