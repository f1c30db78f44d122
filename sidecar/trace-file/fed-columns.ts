import { differences, sums, toPlanes, unzigzag, zigzag, type PlaneReader } from './byte-planes';
import { MAX_STEPS, type RecordDescription } from './record-description';
import { haveTimes, type FedToken, type RunRecord } from './run-record';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/**
 * Encodes the tokens that each step was fed, in columns: their number for each step, then position, token and times of each
 * token. A token is stored as its difference from the expected token (`TokenForecast`).
 * @param tokens the tokens of the cells
 * @throws TraceFileError when a time is not an integer from 0 to `MAX_STEPS`
 */
export function encodeFed(fed: RunRecord['fed'], run: RunRecord['run'], tokens: Int32Array): Uint8Array[] {
  const all = fed.flat();
  const positions = all.map(({ position }) => position);
  const forecast = new TokenForecast(run, positions, tokens);
  const surprises = all.map(({ position, token }) => {
    const surprise = zigzag((token - forecast.expected(position)) | 0);
    forecast.fed(position, token);
    return surprise;
  });
  return [
    toPlanes(
      fed.map(({ length }) => length),
      4,
    ),
    toPlanes(differences(positions), 4),
    toPlanes(surprises, 4),
    ...(haveTimes(fed)
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

/** A time, or the length of a time. @throws TraceFileError when it is not an integer from 0 to `MAX_STEPS` */
function checkedTime(time: number): number {
  if (Number.isInteger(time) && time >= 0 && time <= MAX_STEPS) return time;
  throw new TraceFileError(sentence`A token was fed at the time ${time}, which a trace cannot hold.`);
}

/** Decodes the columns of {@link encodeFed}. @throws TraceFileError when they do not agree with the description */
export function decodeFed(
  reader: PlaneReader,
  fed: RecordDescription['fed'],
  run: RunRecord['run'],
  tokens: Int32Array,
): RunRecord['fed'] {
  const counts = reader.column(fed.steps, 4);
  if (counts.reduce((sum, each) => sum + each, 0) !== fed.tokens)
    throw new TraceFileError(
      sentence`The trace is damaged: the steps were fed another number of tokens than it says.`,
    );
  const positions = sums(reader.column(fed.tokens, 4));
  const forecast = new TokenForecast(run, positions, tokens);
  const surprises = reader.column(fed.tokens, 4);
  const times = fed.isTimed ? sums(reader.column(fed.tokens, 4)) : undefined;
  const untils = fed.isTimed ? reader.column(fed.tokens, 4) : undefined;
  const all = Array.from(positions, (position, i): FedToken => {
    if (position < 0)
      throw new TraceFileError(sentence`The trace is damaged: a token was fed at ${position}.`);
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

/**
 * Says which token is expected at a position: the decided token of the cell there, or the newest row terminator. A step is
 * mostly fed the expected token, so most differences are 0.
 */
class TokenForecast {
  private readonly width: number;
  /** The number of positions of a row, its terminator included. It is computed from the last position of the run. */
  private readonly rowLength: number;
  private terminator = 0;

  constructor(
    { grid: [height, width] }: Pick<RunRecord['run'], 'grid'>,
    positions: ArrayLike<number>,
    private readonly tokens: Int32Array,
  ) {
    const length = Array.from(positions).reduce((most, position) => Math.max(most, position + 1), 0);
    this.width = width;
    this.rowLength = Math.max(width, Math.ceil(length / height));
  }

  /** The expected token at a position. */
  expected(position: number): number {
    const cell = this.cellAt(position);
    return cell === undefined ? this.terminator : (this.tokens[cell] ?? 0);
  }

  /** Learns from a token that a step was fed: the newest row terminator. */
  fed(position: number, token: number): void {
    const cell = this.cellAt(position);
    if (cell === undefined) this.terminator = token;
  }

  /** The cell at a position; undefined for the position of a row terminator. */
  private cellAt(position: number): number | undefined {
    const column = position % this.rowLength;
    return column < this.width ? Math.floor(position / this.rowLength) * this.width + column : undefined;
  }
}
