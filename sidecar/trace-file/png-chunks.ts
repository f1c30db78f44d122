/** The first bytes of every PNG file (https://www.w3.org/TR/png-3/#5PNG-file-signature). */
export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** The number of bytes of a chunk without its data: length, type and checksum. */
const FRAME_BYTES = 12;

/** A chunk of a PNG file. Its checksum is not checked. */
export interface PngChunk {
  /** Four letters. */
  readonly type: string;
  readonly data: Uint8Array;
  /** All bytes of the chunk: length, type, data and checksum. */
  readonly whole: Uint8Array;
}

/** Whether a file has the signature of PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return PNG_SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** The chunks of a PNG file up to the end chunk IEND. An incomplete file has fewer chunks. A file of another kind has none. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  if (!isPng(bytes)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = PNG_SIGNATURE.length; start + FRAME_BYTES <= bytes.length;) {
    const end = start + FRAME_BYTES + view.getUint32(start);
    if (end > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    yield { type, data: bytes.subarray(start + 8, end - 4), whole: bytes.subarray(start, end) };
    if (type === 'IEND') return;
    start = end;
  }
}
