import { deflate, inflate } from './deflate';
import { joined } from './joined-bytes';
import { decodeColumns, encodeColumns } from './record-columns';
import { describeRecord, parseDescription } from './record-description';
import { pngTrace } from './png-trace';
import type { RunRecord } from './run-record';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/**
 * Version of the form in which a file holds a record. Numbers are little-endian:
 *
 * | bytes | content |
 * |---|---|
 * | 0..3  | version, u32 |
 * | 4..7  | length of the body before compression, in bytes, u32 |
 * | 8..   | body, compressed by deflate, with the checksum of zlib |
 *
 * The body has three parts. First comes the length of the description, in bytes, as u32. Then comes the description as JSON in
 * UTF-8 (`record-description.ts`). Then come the columns (`record-columns.ts`).
 *
 * A PNG file holds these bytes in a private chunk (`png-trace.ts`). A `.zipar` file holds them after a signature of 8 bytes.
 */
const VERSION = 1;
const HEADER_BYTES = 8;
/** The largest size of a body, in bytes. A picture of 90x90 tokens has 0.4 MB. */
const MAX_BODY_BYTES = 64 << 20;
/** The largest size of a description, in bytes. */
const MAX_DESCRIPTION_BYTES = 1 << 20;

/**
 * The first bytes of a `.zipar` file. A program that changes line ends, as in a text file, changes these bytes, too. So a file
 * that was changed in this way is recognised. The signature of PNG has the same purpose.
 */
const SIGNATURE = Uint8Array.of(0x89, 0x5a, 0x50, 0x54, 0x0d, 0x0a, 0x1a, 0x0a);

/** The largest size of a file with a record, in bytes. Larger files are not read. */
export const MAX_FILE_BYTES = 512 << 20;

/**
 * The bytes of a record, as a PNG's chunk holds them. Tracks and the times of steps are rounded to 16 bits.
 * @throws TraceFileError when the body exceeds the largest size
 */
export async function encodeTrace(record: RunRecord): Promise<Uint8Array<ArrayBuffer>> {
  const description = new TextEncoder().encode(describeRecord(record));
  const body = joined([word(description.length), description, encodeColumns(record)]);
  if (body.length > MAX_BODY_BYTES)
    throw new TraceFileError(sentence`The trace takes ${body.length} bytes, more than ${MAX_BODY_BYTES}.`);
  return joined([word(VERSION), word(body.length), await deflate(body)]);
}

/**
 * The record in the bytes that `encodeTrace` made.
 * @throws TraceFileError when the bytes are damaged, too large, or of another version
 */
export async function decodeTrace(bytes: Uint8Array): Promise<RunRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES)
    throw new TraceFileError(sentence`The trace ends in the middle; it is damaged.`);
  const version = view.getUint32(0, true);
  if (version !== VERSION)
    throw new TraceFileError(
      sentence`The trace has version ${version}, and this program reads version ${VERSION}; use a newer program.`,
    );
  const length = view.getUint32(4, true);
  if (length > MAX_BODY_BYTES)
    throw new TraceFileError(sentence`The trace claims ${length} bytes; it is damaged.`);
  return recordOf(await inflate(bytes.subarray(HEADER_BYTES), length));
}

function recordOf(body: Uint8Array): RunRecord {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const length = body.length < 4 ? Infinity : view.getUint32(0, true);
  if (length > Math.min(body.length - 4, MAX_DESCRIPTION_BYTES))
    throw new TraceFileError(sentence`The trace claims a description that it does not hold; it is damaged.`);
  const description = parseDescription(decodeText(body.subarray(4, 4 + length)));
  const { origin, run, timings, error, notices, ties, places, branch } = description;
  const columns = decodeColumns(body.subarray(4 + length), description);
  return {
    ...{ origin, run, timings, error, notices },
    ...(ties !== undefined && { ties }),
    ...(places && { places }),
    ...(branch && { branch }),
    ...columns,
  };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TraceFileError(sentence`The description in the trace is not UTF-8; it is damaged.`);
  }
}

/** The bytes of a `.zipar` file. @param trace the bytes of its record, as {@link encodeTrace} makes them */
export function ziparFile(trace: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined([SIGNATURE, trace]);
}

/**
 * The record in a PNG or `.zipar` file; undefined for a PNG without a record.
 * @param bytes the content of the file
 * @throws TraceFileError when the file is damaged, or is neither a PNG nor a `.zipar` file
 */
export async function readTraceFile(bytes: Uint8Array): Promise<RunRecord | undefined> {
  const trace = SIGNATURE.every((byte, i) => bytes[i] === byte)
    ? bytes.subarray(SIGNATURE.length)
    : pngTrace(bytes);
  return trace && decodeTrace(trace);
}

function word(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}
