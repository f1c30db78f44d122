import type { CellTrack, StepEvent } from '../protocol';
import { CELL_TRACKS, tracksOfRun } from './cell-tracks';
import type { DecodedStep } from './decoder';
import type { PastSteps } from './past-steps';
import { isTie } from './sampling';
import { UNDECIDED, type GridShape, type RasterPosition } from './token-grid';
import type { TokenInput } from './token-input';

/** The record of the steps after which a run goes on. */
export interface TracePast extends PastSteps {
  readonly tracks: readonly Pick<CellTrack, 'name' | 'values'>[];
  /** For each step. */
  readonly stepMs: ArrayLike<number>;
  readonly events: readonly StepEvent[];
  /** Among the cells that are decided. */
  readonly ties: number;
  /** For each step, or empty when it was not recorded. */
  readonly fed: readonly (readonly TokenInput[])[];
}

/**
 * The trace of a run in memory. For each cell it holds the token, the step that decided the cell, and the tracks. It also holds
 * the events and the time of each step. The arrays of cells are in raster order [H*W].
 */
export class Trace {
  /** The token of each cell; UNDECIDED for undecided cells. */
  readonly tokens: Int32Array;
  /** The number of the step, from 1, that decided each cell; UNDECIDED for undecided cells. */
  readonly stepOf: Int32Array;
  /** The tracks that `CELL_TRACKS` lists: for each of them, a number for each cell. */
  readonly tracks: readonly CellTrack[];
  /** The time of each step, in ms. */
  readonly stepMs: number[] = [];
  /** The events, in the order of steps. */
  readonly events: StepEvent[] = [];
  /** The number of decided cells whose draw was a tie: in another run, rounding may choose another token. */
  ties = 0;
  /** The tokens that each step was fed; the first entry is that of step 1. */
  readonly fed: (readonly TokenInput[])[] = [];
  /** The cells that the newest step decided, in the order of rows. */
  newest: readonly RasterPosition[] = [];

  constructor(
    readonly grid: GridShape,
    /** A lower bound for the number of steps of the whole run. Each recorded step updates it. */
    public leastSteps: number,
    past?: TracePast,
    /** Among how many tokens each draw chooses. It sets the range of the entropy. */
    candidates?: number,
  ) {
    const cells = grid.height * grid.width;
    this.tokens = new Int32Array(cells).fill(UNDECIDED);
    this.stepOf = new Int32Array(cells).fill(UNDECIDED);
    this.tracks = tracksOfRun(candidates).map((description) => {
      const values = past ? pastValues(past, description.name) : new Float32Array(cells);
      return { ...description, high: highOver(description.high, values), values };
    });
    if (past) this.takeOver(past);
  }

  /** The number of recorded steps. */
  get steps(): number {
    return this.stepMs.length;
  }

  /** Adds a step. @param ms its time. @throws Error when the step does not follow the newest recorded step */
  record({ step, decisions, events, leastSteps, inputs }: DecodedStep, ms: number): void {
    if (step !== this.steps + 1) throw new Error(`Step ${step} was recorded after step ${this.steps}.`);
    for (const decision of decisions) {
      this.tokens[decision.position] = decision.token;
      this.stepOf[decision.position] = step;
      if (isTie(decision)) this.ties++;
      for (const [i, { valueOf }] of CELL_TRACKS.entries()) {
        const values = this.tracks[i]?.values;
        if (values) values[decision.position] = valueOf(decision);
      }
    }
    for (const event of events) this.events.push({ step, ...event });
    this.leastSteps = leastSteps;
    this.stepMs.push(ms);
    this.fed.push(inputs);
    this.newest = decisions.map((decision) => decision.position);
  }

  private takeOver({ steps, tokens, stepOf, stepMs, events, ties, fed }: TracePast): void {
    this.tokens.set(tokens);
    this.stepOf.set(stepOf);
    this.stepMs.push(...Array.from({ length: steps }, (_, i) => stepMs[i] ?? 0));
    for (const event of events) if (event.step <= steps) this.events.push(event);
    this.ties = ties;
    this.fed.push(...Array.from({ length: steps }, (_, i) => fed[i] ?? []));
    this.newest = [...stepOf.keys()].filter((cell) => stepOf[cell] === steps);
  }

  /** The tokens after a step: [H*W], UNDECIDED for cells that no step up to this one decided. */
  tokensAt(step: number): Int32Array {
    return this.tokens.map((token, i) => ((this.stepOf[i] ?? UNDECIDED) <= step ? token : UNDECIDED));
  }
}

/** The numbers of the cells that the past decided, on one track; 0 for the others. */
function pastValues({ stepOf, tracks }: TracePast, name: string): Float32Array {
  const known = tracks.find((track) => track.name === name)?.values ?? [];
  return Float32Array.from(stepOf, (step, cell) => (step === UNDECIDED ? 0 : (known[cell] ?? 0)));
}

/** The end of a range with the numbers of the past in it. The parent of a branch may have chosen among more tokens. */
function highOver(high: number | undefined, past: Float32Array): number | undefined {
  return high === undefined ? undefined : past.reduce((most, value) => Math.max(most, value), high);
}
