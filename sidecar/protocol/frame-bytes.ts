/** Bytes before a frame's payload. */
export const HEADER_BYTES = 16;

/** A frame that does not have the form that it claims. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Reads a frame from the end of its header on, but never beyond the frame's end. */
export class FrameReader {
  /** @param offset where reading begins */
  constructor(
    private readonly data: Uint8Array,
    private readonly whole: DataView,
    private offset = HEADER_BYTES,
  ) {}

  remaining(): number {
    return this.data.byteLength - this.offset;
  }

  uint32(): number {
    if (this.remaining() < 4) throw new FrameError('Frame ends inside its payload.');
    const value = this.whole.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  side(max: number, what: string): number {
    const value = this.uint32();
    if (value < 1 || value > max) throw new FrameError(`Frame's ${what} ${value} is outside 1..${max}.`);
    return value;
  }

  /** @throws FrameError when fewer than `bytes` remain */
  expectAtLeast(bytes: number): void {
    if (this.remaining() < bytes)
      throw new FrameError(
        `Frame holds ${this.remaining()} bytes of payload where ${bytes} are due at least.`,
      );
  }

  /** @throws FrameError unless exactly `bytes` remain */
  expectRemaining(bytes: number): void {
    if (this.remaining() !== bytes)
      throw new FrameError(`Frame holds ${this.remaining()} bytes of payload where ${bytes} are due.`);
  }

  /**
   * Copies words out of the frame. A typed array over the frame would need an offset that is a multiple of 4. `slice` would
   * not copy a Node Buffer.
   */
  words(count: number): ArrayBuffer {
    return toNativeEndian(new Uint8Array(this.bytes(4 * count))).buffer;
  }

  float32(): number {
    if (this.remaining() < 4) throw new FrameError('Frame ends inside its payload.');
    const value = this.whole.getFloat32(this.offset, true);
    this.offset += 4;
    return value;
  }

  /** Reads a text: its length in bytes (uint32), then UTF-8. */
  text(maxBytes: number, what: string): string {
    const length = this.uint32();
    if (length > maxBytes || length > this.remaining())
      throw new FrameError(`Frame's ${what} claims ${length} bytes.`);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(length));
    } catch {
      throw new FrameError(`Frame's ${what} is not UTF-8.`);
    }
  }

  bytes(count: number): Uint8Array {
    const start = this.offset;
    this.offset += count;
    return this.data.subarray(start, this.offset);
  }
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The bytes of an array as they stand in a frame: little-endian. */
export function littleEndianBytes(array: Uint32Array | Int32Array | Float32Array): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return HOST_IS_LITTLE_ENDIAN ? bytes : swapWords(bytes.slice());
}

function toNativeEndian(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return HOST_IS_LITTLE_ENDIAN ? bytes : swapWords(bytes);
}

function swapWords(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return bytes;
}
