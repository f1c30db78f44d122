import { PickleError, type PickleValue } from './pickle-values';
import { sentence } from '../../protocol/sentence';

const MAX_LINE_BYTES = 1000;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a pickle's bytes one after another. Every read throws PickleError where the bytes end too soon. */
export class PickleBytes {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Bytes read so far. */
  get position(): number {
    return this.at;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  uint8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  double(): number {
    return this.bytes.readDoubleBE(this.take(8));
  }

  /** Reads a u64. @throws PickleError also where the number is larger than any file */
  uint64(): number {
    const value = Number(this.bytes.readBigUInt64LE(this.take(8)));
    if (!Number.isSafeInteger(value)) throw new PickleError(sentence`ends in the middle`);
    return value;
  }

  /** Checks a frame. A frame only groups opcodes, but it must not promise more bytes than there are. */
  checkFrame(): void {
    if (this.uint64() > this.bytes.length - this.at)
      throw new PickleError(sentence`ends in the middle of a frame`);
  }

  /** Two's complement, little-endian; a bigint beyond 2^53. A number beyond 64 bits measures no tensor, and is passed over. */
  long(length: number): PickleValue {
    const start = this.take(length);
    if (length === 0) return 0;
    if (length > 8) return { kind: 'passed over', what: sentence`an integer of more than 64 bits` };
    const value = BigInt.asIntN(8 * length, littleEndian(this.bytes.subarray(start, this.at)));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  skip(length: number): void {
    this.take(length);
  }

  text(length: number): string {
    const start = this.take(length);
    try {
      return UTF8.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw new PickleError(sentence`has a text at byte ${start} that is not UTF-8`);
    }
  }

  line(): string {
    const length = this.bytes.indexOf(0x0a, this.at) - this.at;
    if (length < 0 || length > MAX_LINE_BYTES) throw new PickleError(sentence`has a name that does not end`);
    const line = this.text(length);
    this.take(1);
    return line;
  }

  /** @returns where the taken bytes start */
  private take(length: number): number {
    if (length > this.bytes.length - this.at) throw new PickleError(sentence`ends in the middle`);
    this.at += length;
    return this.at - length;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
}
