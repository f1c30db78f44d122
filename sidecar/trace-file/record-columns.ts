import { UNDECIDED, type Snapshot, type StepEvent } from '../protocol';
import { FrameError, FrameReader } from '../protocol/frame-bytes';
import { encodeEvents, EVENT_BYTES, readEvents } from '../protocol/snapshot-frame';
import { PlaneReader, toPlanes, unzigzag, zigzag } from './byte-planes';
import { fromHalf, toHalf } from './half-float';
import { joined } from './joined-bytes';
import { MAX_STEPS, type RecordDescription } from './record-description';
import { RECORDED_RUN, type FedToken, type RunRecord } from './run-record';
import { TraceFileError } from './trace-file-error';

/** 32-bit words of an event's bytes. The last two are numbers, and the others are whole. */
const EVENT_WORDS = EVENT_BYTES / 4;
const EVENT_NUMBERS = 2;

/**
 * The part of a record that is not JSON, in columns. Deflate makes them short, because they hold few surprises. A step or a
 * position is stored as its difference from the one before. A fed token is stored as its difference from the cell's own.
 *
 * | column | |
 * |---|---|
 * | tokens + 1 | u32 for each cell |
 * | step of the cell | difference, u32 for each cell |
 * | time of the step | f16 for each step |
 * | each track | f16 for each cell |
 * | events | the words of an event, each word a column |
 * | tokens fed | count for each step; position, token and times for each token |
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
    ...fedColumns(fed, new TokenForecast(run, tokens)),
  ]);
}

/** @throws TraceFileError when the columns are not as long as described, or contradict one another */
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
  const fed = decodeFed(reader, description.fed, new TokenForecast(run, tokens));
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

/** Each number less the one before it. */
function differences(numbers: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(numbers, (value, i) => zigzag(value - (i > 0 ? (numbers[i - 1] ?? 0) : 0)));
}

function sums(steps: Uint32Array): Int32Array {
  let sum = 0;
  return Int32Array.from(steps, (step) => (sum = (sum + unzigzag(step)) | 0));
}

/** A cell has a step exactly when it has a token. */
function checkCells(tokens: Int32Array, stepOf: Int32Array, steps: number): void {
  for (const [cell, token] of tokens.entries()) {
    const step = stepOf[cell] ?? UNDECIDED;
    const isUndecided = token === UNDECIDED && step === UNDECIDED;
    const isDecided = token >= 0 && step >= 1 && step <= steps;
    if (!isUndecided && !isDecided)
      throw new TraceFileError(`The trace is damaged: cell ${cell} has token ${token} in step ${step}.`);
  }
}

/** The words of events. Steps and cells become differences, and tokens the difference from the cell's own token. */
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

/** Indices of an event's words. */
const STEP = 1;
const POSITION = 2;
const TOKEN = 3;

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
    throw new TraceFileError(`The trace is damaged: ${cause.message}`, { cause });
  }
}

/**
 * Expects at each position the token of the cell that stands there, or the row terminator seen last. A decoder is mostly fed
 * what it expects.
 */
class TokenForecast {
  private readonly width: number;
  /** Positions of a row, with its terminator. */
  private readonly rowLength: number;
  private terminator = 0;

  constructor(
    { grid: [height, width], rasterSteps }: RunRecord['run'],
    private readonly tokens: Int32Array,
  ) {
    this.width = width;
    this.rowLength = Math.max(width, Math.ceil(rasterSteps / height));
  }

  expected(position: number): number {
    const cell = this.cellAt(position);
    return cell === undefined ? this.terminator : (this.tokens[cell] ?? 0);
  }

  /** Learns from a token. */
  fed(position: number, token: number): void {
    const cell = this.cellAt(position);
    if (cell === undefined) this.terminator = token;
  }

  private cellAt(position: number): number | undefined {
    const column = position % this.rowLength;
    return column < this.width ? Math.floor(position / this.rowLength) * this.width + column : undefined;
  }
}

function fedColumns(fed: RunRecord['fed'], forecast: TokenForecast): Uint8Array[] {
  const all = fed.flat();
  const positions = all.map(({ position }) => position);
  const tokens = all.map(({ position, token }) => {
    const surprise = zigzag((token - forecast.expected(position)) | 0);
    forecast.fed(position, token);
    return surprise;
  });
  const isTimed = all.some(({ time, until }) => time !== undefined || until !== undefined);
  return [
    toPlanes(
      fed.map(({ length }) => length),
      4,
    ),
    toPlanes(differences(positions), 4),
    toPlanes(tokens, 4),
    ...(isTimed
      ? [
          toPlanes(differences(all.map(({ time }) => checkedTime(time ?? 0))), 4),
          toPlanes(
            all.map(({ until, time = 0 }) => (until === undefined ? 0 : 1 + checkedTime(until - time))),
            4,
          ),
        ]
      : []),
  ];
}

/** A time, or a stretch of time, counted in steps. @throws TraceFileError when a decoder counts otherwise */
function checkedTime(time: number): number {
  if (Number.isInteger(time) && time >= 0 && time <= MAX_STEPS) return time;
  throw new TraceFileError(`A token was fed at the time ${time}, which a trace cannot hold.`);
}

function decodeFed(
  reader: PlaneReader,
  fed: RecordDescription['fed'],
  forecast: TokenForecast,
): RunRecord['fed'] {
  const counts = reader.column(fed.steps, 4);
  if (counts.reduce((sum, each) => sum + each, 0) !== fed.tokens)
    throw new TraceFileError(
      'The trace is damaged: the steps were fed another number of tokens than it says.',
    );
  const positions = sums(reader.column(fed.tokens, 4));
  const surprises = reader.column(fed.tokens, 4);
  const times = fed.isTimed ? sums(reader.column(fed.tokens, 4)) : undefined;
  const untils = fed.isTimed ? reader.column(fed.tokens, 4) : undefined;
  const all = Array.from(positions, (position, i): FedToken => {
    if (position < 0) throw new TraceFileError(`The trace is damaged: a token was fed at ${position}.`);
    const token = (unzigzag(surprises[i] ?? 0) + forecast.expected(position)) | 0;
    forecast.fed(position, token);
    const time = times?.[i] ?? 0;
    const until = untils?.[i] ?? 0;
    return {
      position,
      token,
      ...(time !== 0 && { time }),
      ...(until !== 0 && { until: until - 1 + time }),
    };
  });
  let from = 0;
  return Array.from(counts, (length) => all.slice(from, (from += length)));
}
