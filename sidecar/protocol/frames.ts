import { FrameError, FrameReader, HEADER_BYTES } from './frame-bytes';
import { encodeChangesPayload, readChangesPayload, type SnapshotChanges } from './snapshot-changes';
import { encodeSnapshotPayload, readSnapshotPayload, type Snapshot } from './snapshot-frame';

/**
 * The binary frames: little-endian, a 16-byte header and a payload.
 *
 * | bytes | header field |
 * |---|---|
 * | 0..3  | magic `ZPAR` |
 * | 4     | FRAME_VERSION |
 * | 5     | kind: 1 snapshot, 2 picture, 3 file, 4 changes |
 * | 6..7  | edition of the run's trace, for snapshots and changes; else 0 |
 * | 8..11 | run id |
 * | 12..15| step |
 *
 * Any frame may be dropped. A snapshot, picture or file holds everything that its receiver needs. Changes build on a state that
 * the receiver said it holds. A trace that replaces another one is a new edition: changes build on a state of their own edition.
 */

const FRAME_VERSION = 4;
const MAGIC = 0x5241505a; // "ZPAR" read as little-endian uint32
const KIND = { snapshot: 1, picture: 2, file: 3, changes: 4 } as const;

/** Largest side of a picture that a frame may claim. */
const MAX_PICTURE_SIDE = 16384;
const MAX_MEDIA_TYPE_BYTES = 255;

/**
 * A picture: 8-bit RGB rows from the top, 3*width*height bytes. Cells that are undecided at `step` hold a filled-in token;
 * the receiver marks them.
 */
export interface PictureFrame {
  readonly runId: number;
  readonly step: number;
  /** The request that this frame answers; 0 for a preview that the sidecar sends unasked while it decodes. */
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A file's bytes, in answer to request `id`. */
export interface FileFrame {
  readonly runId: number;
  readonly id: number;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export type Frame =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly edition: number }
  | { readonly kind: 'changes'; readonly changes: SnapshotChanges; readonly edition: number }
  | { readonly kind: 'picture'; readonly picture: PictureFrame }
  | { readonly kind: 'file'; readonly file: FileFrame };

/** A snapshot's frame; `snapshot-frame.ts` documents the payload. */
export function encodeSnapshot(snapshot: Snapshot, edition = 0): Uint8Array<ArrayBuffer> {
  return frame(KIND.snapshot, snapshot.runId, snapshot.step, encodeSnapshotPayload(snapshot), edition);
}

/** The frame of changes; `snapshot-changes.ts` documents the payload. */
export function encodeChanges(changes: SnapshotChanges, edition: number): Uint8Array<ArrayBuffer> {
  return frame(KIND.changes, changes.runId, changes.step, encodeChangesPayload(changes), edition);
}

/** Payload: request id u32, width u32, height u32, RGB bytes. */
export function encodePicture(picture: PictureFrame): Uint8Array<ArrayBuffer> {
  const { id, width, height, rgb } = picture;
  return frame(KIND.picture, picture.runId, picture.step, [words(id, width, height), rgb]);
}

/** Payload: request id u32, length of the media type u32, media type in UTF-8, the file's bytes. */
export function encodeFile(file: FileFrame): Uint8Array<ArrayBuffer> {
  const mediaType = new TextEncoder().encode(file.mediaType);
  return frame(KIND.file, file.runId, 0, [words(file.id, mediaType.length), mediaType, file.bytes]);
}

function frame(
  kind: number,
  runId: number,
  step: number,
  parts: readonly Uint8Array[],
  edition = 0,
): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, { length }) => sum + length, HEADER_BYTES);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, FRAME_VERSION);
  view.setUint8(5, kind);
  view.setUint16(6, edition, true);
  view.setUint32(8, runId, true);
  view.setUint32(12, step, true);
  const bytes = new Uint8Array(view.buffer);
  let offset = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return new Uint8Array(view.buffer);
}

/**
 * Reads a frame of any kind. `data` may be a view at any offset of a larger buffer.
 * @throws FrameError when it is truncated, too long, of another version or kind, or claims impossible sizes
 */
export function decodeFrame(data: Uint8Array): Frame {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.byteLength < HEADER_BYTES)
    throw new FrameError(`Frame of ${data.byteLength} bytes is shorter than its header.`);
  if (view.getUint32(0, true) !== MAGIC) throw new FrameError('Frame does not begin with "ZPAR".');
  const version = view.getUint8(4);
  if (version !== FRAME_VERSION) throw new FrameError(`Frame version ${version} is not ${FRAME_VERSION}.`);
  const reader = new FrameReader(data, view);
  const runId = view.getUint32(8, true);
  const step = view.getUint32(12, true);
  const kind = view.getUint8(5);
  const edition = view.getUint16(6, true);
  switch (kind) {
    case KIND.snapshot:
      return { kind: 'snapshot', snapshot: readSnapshotPayload(reader, runId, step), edition };
    case KIND.changes:
      return { kind: 'changes', changes: readChangesPayload(reader, runId, step), edition };
    case KIND.picture:
      return { kind: 'picture', picture: readPicture(reader, runId, step) };
    case KIND.file:
      return { kind: 'file', file: readFile(reader, runId) };
    default:
      throw new FrameError(`Frame kind ${kind} is unknown.`);
  }
}

function readPicture(reader: FrameReader, runId: number, step: number): PictureFrame {
  const id = reader.uint32();
  const width = reader.side(MAX_PICTURE_SIDE, 'picture width');
  const height = reader.side(MAX_PICTURE_SIDE, 'picture height');
  reader.expectRemaining(3 * width * height);
  return { runId, step, id, width, height, rgb: reader.bytes(3 * width * height) };
}

function readFile(reader: FrameReader, runId: number): FileFrame {
  const id = reader.uint32();
  const mediaType = reader.text(MAX_MEDIA_TYPE_BYTES, 'media type');
  return { runId, id, mediaType, bytes: reader.bytes(reader.remaining()) };
}
