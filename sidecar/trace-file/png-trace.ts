import { joined } from './deflate';
import { TraceFileError } from './trace-file-error';

/**
 * Type of the chunk that holds a trace in a PNG file. By its letters, other programs may ignore the chunk, it is private, and
 * it does not fit a picture whose pixels were changed (https://www.w3.org/TR/png-3/#5Chunk-naming-conventions).
 */
export const TRACE_CHUNK = 'zpTR';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Bytes of a chunk besides its data: length, type, checksum. */
const FRAME_BYTES = 12;

interface Chunk {
  readonly type: string;
  /** Where the whole chunk begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** Whether a file begins as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * The data of a PNG's first trace chunk; undefined when it has none. The picture is not looked at.
 * @throws TraceFileError when the file is not a PNG, or ends in the middle
 */
export function pngTrace(bytes: Uint8Array): Uint8Array | undefined {
  const found = [...chunksOf(bytes)].find(({ type }) => type === TRACE_CHUNK);
  return found && bytes.subarray(found.start + 8, found.end - 4);
}

/** The PNG file without its traces. All else stays as it is. @throws TraceFileError as {@link pngTrace} */
export function withoutPngTrace(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = [...chunksOf(bytes)].filter(({ type }) => type !== TRACE_CHUNK);
  return joined([SIGNATURE, ...kept.map(({ start, end }) => bytes.subarray(start, end))]);
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  if (!isPng(bytes)) throw new TraceFileError('This is neither a PNG nor a .zipar file.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = SIGNATURE.length; ;) {
    const left = bytes.length - start - FRAME_BYTES;
    const length = left < 0 ? Infinity : view.getUint32(start);
    if (length > left)
      throw new TraceFileError('The PNG file ends in the middle; it is damaged or incomplete.');
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    const end = start + FRAME_BYTES + length;
    yield { type, start, end };
    if (type === 'IEND') return;
    start = end;
  }
}
