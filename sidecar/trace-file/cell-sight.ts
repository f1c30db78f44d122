import { UNDECIDED, type RunDescription, type Snapshot } from '../protocol';
import { haveTimes, type FedToken, type RunRecord } from './run-record';

/** What a cell saw in the step that decided it. */
export interface CellSight {
  /**
   * The tokens that the cell's prediction rests on, each with the time at which it looked and from which it was seen. They are in
   * the order of times, and the last one predicts the cell. Fed in one pass, they give the prediction of the run. Empty for the
   * first cell, which the prompt predicts.
   */
  readonly inputs: readonly FedToken[];
  /** Raster positions of the cells whose tokens the cell saw, rising. */
  readonly seen: readonly number[];
  /** Raster positions of the cells before it in raster order whose tokens it did not see, rising. */
  readonly hidden: readonly number[];
  /** Cells in whose place the cell saw another token, because their own was not decided yet: the stand-in. */
  readonly standIns: readonly StandInCell[];
}

/** A cell in whose place another token was fed. */
export interface StandInCell {
  /** Raster position. */
  readonly position: number;
  /** Id of the fed token in the model's vocabulary. */
  readonly token: number;
}

/** The parts of a run that tell what its cells saw. */
export interface SightSource {
  readonly run: Pick<RunDescription, 'grid' | 'decoder'>;
  readonly snapshot: Pick<Snapshot, 'stepOf'>;
  readonly fed: RunRecord['fed'];
}

/** A token with the step that was fed it. */
interface Fed extends FedToken {
  readonly step: number;
  readonly time: number;
}

/**
 * What a cell saw when it was decided. Undefined for a cell without a token. Also undefined for a run that did not record what
 * its steps were fed.
 *
 * Where the decoder has no times of its own, steps are times. Then a token is seen from its step on, until a later step feeds
 * another token at its place. A decoder with times may feed a token again at its old time. Only the newest of these counts.
 * @param cell raster position
 */
export function cellSight(source: SightSource, cell: number): CellSight | undefined {
  const { run, snapshot, fed } = source;
  const step = snapshot.stepOf[cell] ?? UNDECIDED;
  if (step === UNDECIDED || fed.length < step) return undefined;
  const layout = new SequencePlaces(run.grid, fed);
  const predicting = cell === 0 ? undefined : predictorOf(source, step, layout.positionOf(cell) - 1);
  if (!predicting) return cell === 0 ? { inputs: [], seen: [], hidden: [], standIns: [] } : undefined;
  const inputs = inForce(source, step, predicting);
  const standIns: StandInCell[] = [];
  const isSeen = new Uint8Array(cell);
  for (const input of inputs) {
    const of = layout.cellAt(input.position);
    if (of === undefined || of >= cell || !sees(predicting, input)) continue;
    if (isStandIn(source, step, of, input)) standIns.push({ position: of, token: input.token });
    else isSeen[of] = 1;
  }
  const before = Array.from(isSeen, (_, position) => position);
  return {
    inputs,
    seen: before.filter((position) => isSeen[position] === 1),
    hidden: before.filter((position) => isSeen[position] !== 1),
    standIns: standIns.filter(({ position }) => isSeen[position] !== 1),
  };
}

/** The token of a step that predicts the cell behind `position`. If two tokens are at one place, it is the one that looks earlier. */
function predictorOf(source: SightSource, step: number, position: number): Fed | undefined {
  const there = fedIn(source, step).filter((input) => input.position === position);
  return there.sort((a, b) => a.time - b.time)[0];
}

function fedIn({ fed }: SightSource, step: number): Fed[] {
  const isTimed = haveTimes(fed);
  return (fed[step - 1] ?? []).map((input) => ({ ...input, step, time: isTimed ? (input.time ?? 0) : step }));
}

/** The tokens that the predicting one may see, directly or through others; the predicting one is last. */
function inForce(source: SightSource, step: number, predicting: Fed): Fed[] {
  const newest = new Map<string, Fed>();
  const kept: Fed[] = [];
  for (let earlier = 1; earlier <= step; earlier++) {
    const inputs = fedIn(source, earlier);
    const begins = inputs.reduce((least, { time }) => Math.min(least, time), Infinity);
    for (const input of inputs) {
      if (input.position > predicting.position) continue;
      // A stand-in and the true token of its place may both be seen, at different times.
      const place = `${input.position} ${input.until === undefined ? '' : 'until'}`;
      const replaced = newest.get(place);
      // The whole step does without the replaced token, also the tokens that look before the new one is seen.
      if (replaced && replaced.step < earlier && begins > replaced.time)
        kept.push({ ...replaced, until: begins });
      newest.set(place, input);
    }
  }
  const all = [...kept, ...newest.values()].filter(
    (input) => input.time <= predicting.time && !isSame(input, predicting),
  );
  return [...all.sort((a, b) => a.time - b.time || a.position - b.position), predicting];
}

function isSame(a: Fed, b: Fed): boolean {
  return a.position === b.position && a.step === b.step && a.time === b.time && a.until === b.until;
}

/** Whether a token sees another one at a time. `TokenInput` states the rule. */
function sees(query: Fed, key: Fed): boolean {
  return key.position <= query.position && key.time <= query.time && query.time < (key.until ?? Infinity);
}

/** Whether a token that was seen in a step stood in for the undecided end of a row. */
function isStandIn({ run, snapshot }: SightSource, step: number, cell: number, { until }: Fed): boolean {
  const [, width] = run.grid;
  if (cell % width !== width - 1) return false;
  const decidedIn = snapshot.stepOf[cell] ?? UNDECIDED;
  const isOpen = decidedIn === UNDECIDED || decidedIn > step;
  // A draft that the same step confirmed is the cell's own token.
  const hasDrafts = run.decoder.events.includes('drafted');
  return isOpen || (hasDrafts ? until !== undefined : decidedIn === step);
}

/** Where the cells stand in the sequence. The last position of a run tells whether rows have terminators. */
class SequencePlaces {
  private readonly width: number;
  private readonly rowLength: number;

  constructor([height, width]: readonly [number, number], fed: RunRecord['fed']) {
    let length = 0;
    for (const step of fed) for (const { position } of step) length = Math.max(length, position + 1);
    this.width = width;
    this.rowLength = Math.max(width, Math.ceil(length / height));
  }

  positionOf(cell: number): number {
    return Math.floor(cell / this.width) * this.rowLength + (cell % this.width);
  }

  cellAt(position: number): number | undefined {
    const column = position % this.rowLength;
    return column < this.width ? Math.floor(position / this.rowLength) * this.width + column : undefined;
  }
}
