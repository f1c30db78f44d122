import { UNDECIDED, type Snapshot, type StepEvent } from '../protocol';
import { FrameError, FrameReader } from '../protocol/frame-bytes';
import { encodeEvents, EVENT_BYTES, readEvents } from '../protocol/snapshot-frame';
import { differences, PlaneReader, sums, toPlanes, unzigzag, zigzag } from './byte-planes';
import { decodeFed, encodeFed } from './fed-columns';
import { fromHalf, toHalf } from './half-float';
import { joined } from './joined-bytes';
import type { RecordDescription } from './record-description';
import { RECORDED_RUN, type RunRecord } from './run-record';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/** The number of 32-bit words of an event. The last words are floating-point numbers, and the others are integers. */
const EVENT_WORDS = EVENT_BYTES / 4;
/** The number of words that are floating-point numbers. */
const EVENT_NUMBERS = 2;

/**
 * Encodes the part of a record that is not JSON, in columns. Steps and positions are stored as differences from the number
 * before. A fed token is stored as its difference from the token of its cell. Most of these differences are small, so deflate
 * makes the columns small.
 *
 * | column | form |
 * |---|---|
 * | tokens + 1 | u32 for each cell |
 * | step of the cell | difference, u32 for each cell |
 * | time of the step | 16-bit floating point for each step |
 * | each track | 16-bit floating point for each cell |
 * | events | a column for each word of an event |
 * | fed tokens | the number of tokens for each step; then position, token and times for each token |
 */
export function encodeColumns({ run, snapshot, fed }: RunRecord): Uint8Array {
  const { tokens, stepOf, stepMs, tracks } = snapshot;
  return joined([
    toPlanes(
      tokens.map((token) => token + 1),
      4,
    ),
    toPlanes(differences(stepOf), 4),
    toPlanes(Array.from(stepMs, toHalf), 2),
    ...tracks.map(({ values }) => toPlanes(Array.from(values, toHalf), 2)),
    ...eventColumns(snapshot.events, tokens).map((column) => toPlanes(column, 4)),
    ...encodeFed(fed, run, tokens),
  ]);
}

/**
 * Decodes the columns of {@link encodeColumns}.
 * @throws TraceFileError when they do not agree with the description or each other
 */
export function decodeColumns(
  bytes: Uint8Array,
  description: RecordDescription,
): Pick<RunRecord, 'snapshot' | 'fed'> {
  const { run, steps, leastSteps } = description;
  const [height, width] = run.grid;
  const cells = height * width;
  const reader = new PlaneReader(bytes);
  const tokens = Int32Array.from(reader.column(cells, 4), (word) => (word | 0) - 1);
  const stepOf = sums(reader.column(cells, 4));
  checkCells(tokens, stepOf, steps);
  const stepMs = Float32Array.from(reader.column(steps, 2), fromHalf);
  const tracks = description.tracks.map((track) => ({
    ...track,
    values: Float32Array.from(reader.column(cells, 2), fromHalf),
  }));
  const words = Array.from({ length: EVENT_WORDS }, () => reader.column(description.events, 4));
  const events = decodeEvents(words, tokens, { step: steps, cells });
  const fed = decodeFed(reader, description.fed, run, tokens);
  reader.expectEnd();
  const decided = Uint32Array.from([...stepOf.keys()].filter((cell) => steps > 0 && stepOf[cell] === steps));
  const snapshot: Snapshot = {
    runId: RECORDED_RUN,
    step: steps,
    leastSteps,
    height,
    width,
    decided,
    tokens,
    stepOf,
    stepMs,
    tracks,
    events,
  };
  return { snapshot, fed };
}

/** Checks that each cell has either a token and a step, or neither. @throws TraceFileError */
function checkCells(tokens: Int32Array, stepOf: Int32Array, steps: number): void {
  for (const [cell, token] of tokens.entries()) {
    const step = stepOf[cell] ?? UNDECIDED;
    const isUndecided = token === UNDECIDED && step === UNDECIDED;
    const isDecided = token >= 0 && step >= 1 && step <= steps;
    if (!isUndecided && !isDecided)
      throw new TraceFileError(
        sentence`The trace is damaged: cell ${cell} has token ${token} in step ${step}.`,
      );
  }
}

/**
 * The columns of events, one for each word. A step or a position is stored as its difference from the event before. A token is
 * stored as its difference from the token of its cell.
 */
function eventColumns(events: readonly StepEvent[], tokens: Int32Array): Uint32Array[] {
  const bytes = encodeEvents(events);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (event: number, i: number): number => view.getInt32(event * EVENT_BYTES + 4 * i, true);
  return Array.from({ length: EVENT_WORDS }, (_, i) =>
    Uint32Array.from(events, (_event, at) => {
      if (i >= EVENT_WORDS - EVENT_NUMBERS) return toHalf(view.getFloat32(at * EVENT_BYTES + 4 * i, true));
      if (i === STEP || i === POSITION) return zigzag((word(at, i) - (at > 0 ? word(at - 1, i) : 0)) | 0);
      if (i === TOKEN) return zigzag((word(at, i) - (tokens[word(at, POSITION)] ?? 0)) | 0);
      return word(at, i);
    }),
  );
}

/** The indices of the words for step, position and token in an event. */
const STEP = 1;
const POSITION = 2;
const TOKEN = 3;

/** Decodes the columns of `eventColumns`. @throws TraceFileError when an event is damaged */
function decodeEvents(
  columns: readonly Uint32Array[],
  tokens: Int32Array,
  run: { readonly step: number; readonly cells: number },
): readonly StepEvent[] {
  const count = columns[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(count * EVENT_BYTES));
  const before = [0, 0, 0, 0];
  for (let event = 0; event < count; event++) {
    for (const [i, column] of columns.entries()) {
      const at = event * EVENT_BYTES + 4 * i;
      const stored = column[event] ?? 0;
      if (i >= EVENT_WORDS - EVENT_NUMBERS) view.setFloat32(at, fromHalf(stored & 0xffff), true);
      else if (i === STEP || i === POSITION)
        view.setInt32(at, (before[i] = ((before[i] ?? 0) + unzigzag(stored)) | 0), true);
      else if (i === TOKEN)
        view.setInt32(at, (unzigzag(stored) + (tokens[before[POSITION] ?? 0] ?? 0)) | 0, true);
      else view.setUint32(at, stored, true);
    }
  }
  try {
    return readEvents(new FrameReader(new Uint8Array(view.buffer), view, 0), count, run);
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    throw new TraceFileError(sentence`The trace is damaged: ${cause.message}`, { cause });
  }
}
