/**
 * The binary frames: little-endian, a 16-byte header and a payload.
 *
 * | bytes | header field |
 * |---|---|
 * | 0..3  | magic `ZPAR` |
 * | 4     | FRAME_VERSION |
 * | 5     | kind: 1 snapshot, 2 picture, 3 file |
 * | 6..7  | flags, 0 |
 * | 8..11 | run id |
 * | 12..15| step |
 *
 * A frame holds everything its receiver needs; none depends on an earlier one, so any may be dropped.
 */

const FRAME_VERSION = 2;
const HEADER_BYTES = 16;
const MAGIC = 0x5241505a; // "ZPAR" read as little-endian uint32
const JUDGEMENT_BYTES = 24;
const KIND = { snapshot: 1, picture: 2, file: 3 } as const;

/** Largest side of a token grid or picture that a frame may claim. */
const MAX_GRID_SIDE = 4096;
const MAX_PICTURE_SIDE = 16384;

/** Marks a cell that no step has decided yet, in `Snapshot.tokens` and `Snapshot.stepOf`. */
export const UNDECIDED = -1;

/** A candidate for a row's first token, weighed in the step after it was drawn (`zipar-adaptive` only). */
export interface Judgement {
  /** 1-based step that weighed it. */
  readonly step: number;
  /** Raster index of the row's first cell. */
  readonly position: number;
  /** Codebook index of the candidate. */
  readonly token: number;
  /** Whether it was decided; if not, another was drawn in its place, to be judged in the next step, or decided at once when the row above was complete. */
  readonly accepted: boolean;
  /** Probability of the candidate with what the row above held in the step before, 0..1. */
  readonly narrower: number;
  /** Its probability with the token more that the row above held in this step, 0..1. */
  readonly wider: number;
}

/**
 * Everything known of a run after `step` steps. All grids are in raster order, H*W long.
 */
export interface Snapshot {
  readonly runId: number;
  /** Steps (forward passes) done, the prompt's included; 0 = none yet. */
  readonly step: number;
  /** Steps that the whole run takes at least, as known after this one; `step` when it is complete. */
  readonly leastSteps: number;
  readonly height: number;
  readonly width: number;
  /** Raster indices decided in this step, in the order of rows. Their values are `tokens[position]`. */
  readonly decided: Uint32Array;
  /** Codebook index of each cell, or UNDECIDED. */
  readonly tokens: Int32Array;
  /** Step (1-based) that decided each cell, or UNDECIDED. */
  readonly stepOf: Int32Array;
  /** Probability of each token under the distribution of the step that decided it (guidance, temperature, top-k, top-p applied); 0 where undecided. */
  readonly probability: Float32Array;
  /** Entropy of that distribution in nats; 0 where undecided. */
  readonly entropy: Float32Array;
  /** Wall time of each step so far in ms, `step` long. */
  readonly stepMs: Float32Array;
  /** In the order of steps, at most one a step. */
  readonly judgements: readonly Judgement[];
}

/** A picture: 8-bit RGB rows from the top, 3*width*height bytes. Cells undecided at `step` hold a stand-in: whoever draws it has to mark them. */
export interface PictureFrame {
  readonly runId: number;
  readonly step: number;
  /** The request this answers; 0 for a preview sent unasked while decoding. */
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
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'picture'; readonly picture: PictureFrame }
  | { readonly kind: 'file'; readonly file: FileFrame };

/** A frame that is not what it claims to be. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

function header(kind: number, runId: number, step: number, payloadBytes: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + payloadBytes));
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, FRAME_VERSION);
  view.setUint8(5, kind);
  view.setUint32(8, runId, true);
  view.setUint32(12, step, true);
  return view;
}

/**
 * Payload: height u32, width u32, leastSteps u32, decided count u32, judgement count u32, decided u32[], then tokens
 * i32[], stepOf i32[], probability f32[], entropy f32[] of H*W each, stepMs f32[step], and for each judgement step u32,
 * position u32, token i32, accepted u32 (0 or 1), narrower f32, wider f32.
 */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array<ArrayBuffer> {
  const { decided, judgements } = snapshot;
  const view = header(KIND.snapshot, snapshot.runId, snapshot.step, snapshotBytes(snapshot));
  const counts = [snapshot.height, snapshot.width, snapshot.leastSteps, decided.length, judgements.length];
  for (const [i, count] of counts.entries()) view.setUint32(HEADER_BYTES + 4 * i, count, true);
  const bytes = new Uint8Array(view.buffer);
  let offset = HEADER_BYTES + 4 * counts.length;
  for (const array of [
    decided,
    snapshot.tokens,
    snapshot.stepOf,
    snapshot.probability,
    snapshot.entropy,
    snapshot.stepMs,
  ]) {
    bytes.set(littleEndianBytes(array), offset);
    offset += array.byteLength;
  }
  for (const judgement of judgements) {
    writeJudgement(new DataView(view.buffer, offset, JUDGEMENT_BYTES), judgement);
    offset += JUDGEMENT_BYTES;
  }
  return bytes;
}

function snapshotBytes({ height, width, decided, step, judgements }: Snapshot): number {
  return 20 + 4 * decided.length + 16 * height * width + 4 * step + JUDGEMENT_BYTES * judgements.length;
}

function writeJudgement(view: DataView, judgement: Judgement): void {
  view.setUint32(0, judgement.step, true);
  view.setUint32(4, judgement.position, true);
  view.setInt32(8, judgement.token, true);
  view.setUint32(12, judgement.accepted ? 1 : 0, true);
  view.setFloat32(16, judgement.narrower, true);
  view.setFloat32(20, judgement.wider, true);
}

/** Payload: request id u32, width u32, height u32, RGB bytes. */
export function encodePicture(picture: PictureFrame): Uint8Array<ArrayBuffer> {
  const view = header(KIND.picture, picture.runId, picture.step, 12 + picture.rgb.length);
  view.setUint32(16, picture.id, true);
  view.setUint32(20, picture.width, true);
  view.setUint32(24, picture.height, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(picture.rgb, HEADER_BYTES + 12);
  return bytes;
}

/** Payload: request id u32, length of the media type u32, media type in ASCII, the file's bytes. */
export function encodeFile(file: FileFrame): Uint8Array<ArrayBuffer> {
  const view = header(KIND.file, file.runId, 0, 8 + file.mediaType.length + file.bytes.length);
  view.setUint32(16, file.id, true);
  view.setUint32(20, file.mediaType.length, true);
  const bytes = new Uint8Array(view.buffer);
  for (let i = 0; i < file.mediaType.length; i++) bytes[24 + i] = file.mediaType.charCodeAt(i);
  bytes.set(file.bytes, 24 + file.mediaType.length);
  return bytes;
}

/**
 * Reads a frame of any kind. `data` may be a view at any offset of a larger buffer.
 * @throws FrameError when it is truncated, too long, of another version or kind, or claims impossible sizes.
 */
export function decodeFrame(data: Uint8Array): Frame {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.byteLength < HEADER_BYTES)
    throw new FrameError(`Frame of ${data.byteLength} bytes is shorter than its header.`);
  if (view.getUint32(0, true) !== MAGIC) throw new FrameError('Frame does not begin with "ZPAR".');
  const version = view.getUint8(4);
  if (version !== FRAME_VERSION) throw new FrameError(`Frame version ${version} is not ${FRAME_VERSION}.`);
  const reader = new Reader(data, view);
  const runId = view.getUint32(8, true);
  const step = view.getUint32(12, true);
  const kind = view.getUint8(5);
  switch (kind) {
    case KIND.snapshot:
      return { kind: 'snapshot', snapshot: readSnapshot(reader, runId, step) };
    case KIND.picture:
      return { kind: 'picture', picture: readPicture(reader, runId, step) };
    case KIND.file:
      return { kind: 'file', file: readFile(reader, runId) };
    default:
      throw new FrameError(`Frame kind ${kind} is unknown.`);
  }
}

function readSnapshot(reader: Reader, runId: number, step: number): Snapshot {
  const height = reader.side(MAX_GRID_SIDE, 'grid height');
  const width = reader.side(MAX_GRID_SIDE, 'grid width');
  const cells = height * width;
  const leastSteps = reader.uint32();
  if (leastSteps < step)
    throw new FrameError(`Frame says that a run of ${step} steps takes ${leastSteps} at least.`);
  const decidedCount = reader.uint32();
  if (decidedCount > cells)
    throw new FrameError(`Frame decides ${decidedCount} of ${cells} cells in one step.`);
  const judgementCount = reader.uint32();
  if (judgementCount > step)
    throw new FrameError(`Frame holds ${judgementCount} judgements of ${step} steps.`);
  reader.expectRemaining(4 * decidedCount + 16 * cells + 4 * step + JUDGEMENT_BYTES * judgementCount);
  const decided = new Uint32Array(reader.words(decidedCount));
  for (const position of decided) {
    if (position >= cells) throw new FrameError(`Frame decides cell ${position} of a grid of ${cells}.`);
  }
  return {
    runId,
    step,
    leastSteps,
    height,
    width,
    decided,
    tokens: new Int32Array(reader.words(cells)),
    stepOf: new Int32Array(reader.words(cells)),
    probability: new Float32Array(reader.words(cells)),
    entropy: new Float32Array(reader.words(cells)),
    stepMs: new Float32Array(reader.words(step)),
    judgements: readJudgements(reader, judgementCount, { step, cells, width }),
  };
}

function readJudgements(
  reader: Reader,
  count: number,
  run: { readonly step: number; readonly cells: number; readonly width: number },
): Judgement[] {
  let earlier = 0;
  return Array.from({ length: count }, () => {
    const judgement = readJudgement(reader.view(JUDGEMENT_BYTES));
    const { step, position } = judgement;
    if (step <= earlier || step > run.step)
      throw new FrameError(
        `Frame holds a judgement of step ${step}, which does not lie after ${earlier} and up to ${run.step}.`,
      );
    if (position === 0 || position >= run.cells || position % run.width !== 0)
      throw new FrameError(`Frame judges cell ${position}, which begins no row below the first.`);
    earlier = step;
    return judgement;
  });
}

function readJudgement(view: DataView): Judgement {
  const accepted = view.getUint32(12, true);
  if (accepted > 1) throw new FrameError(`Frame's judgement is ${accepted}, neither 0 nor 1.`);
  return {
    step: view.getUint32(0, true),
    position: view.getUint32(4, true),
    token: view.getInt32(8, true),
    accepted: accepted === 1,
    narrower: view.getFloat32(16, true),
    wider: view.getFloat32(20, true),
  };
}

function readPicture(reader: Reader, runId: number, step: number): PictureFrame {
  const id = reader.uint32();
  const width = reader.side(MAX_PICTURE_SIDE, 'picture width');
  const height = reader.side(MAX_PICTURE_SIDE, 'picture height');
  reader.expectRemaining(3 * width * height);
  return { runId, step, id, width, height, rgb: reader.bytes(3 * width * height) };
}

function readFile(reader: Reader, runId: number): FileFrame {
  const id = reader.uint32();
  const typeLength = reader.uint32();
  if (typeLength > 255 || typeLength > reader.remaining())
    throw new FrameError(`Frame's media type claims ${typeLength} bytes.`);
  const mediaType = String.fromCharCode(...reader.bytes(typeLength));
  return { runId, id, mediaType, bytes: reader.bytes(reader.remaining()) };
}

/** Reads on from behind the header, never past the end. */
class Reader {
  private offset = HEADER_BYTES;

  constructor(
    private readonly data: Uint8Array,
    private readonly whole: DataView,
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

  expectRemaining(bytes: number): void {
    if (this.remaining() !== bytes)
      throw new FrameError(`Frame holds ${this.remaining()} bytes of payload where ${bytes} are due.`);
  }

  /** A copy, because a typed array over the original would need its offset to be a multiple of 4. Not by `slice`: a Node Buffer's does not copy. */
  words(count: number): ArrayBuffer {
    return toNativeEndian(new Uint8Array(this.bytes(4 * count))).buffer;
  }

  view(count: number): DataView {
    const bytes = this.bytes(count);
    return new DataView(bytes.buffer, bytes.byteOffset, count);
  }

  bytes(count: number): Uint8Array {
    const start = this.offset;
    this.offset += count;
    return this.data.subarray(start, this.offset);
  }
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function littleEndianBytes(array: Uint32Array | Int32Array | Float32Array): Uint8Array {
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
