/** Unsigned integers as the bytes of a file: little-endian, like every machine that runs the tests. */

export function u16(value: number): Buffer {
  return Buffer.from(Uint16Array.of(value).buffer);
}

export function u32(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value).buffer);
}

export function u64(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}
