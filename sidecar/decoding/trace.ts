import type { CellTrack, StepEvent } from '../protocol';
import { CELL_TRACKS } from './cell-tracks';
import type { DecodedStep } from './decoder';
import { isTie } from './sampling';
import { UNDECIDED, type GridShape, type RasterPosition } from './token-grid';
import type { TokenInput } from './token-input';

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
  ) {
    const cells = grid.height * grid.width;
    this.tokens = new Int32Array(cells).fill(UNDECIDED);
    this.stepOf = new Int32Array(cells).fill(UNDECIDED);
    this.tracks = CELL_TRACKS.map(({ description }) => ({
      ...description,
      values: new Float32Array(cells),
    }));
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

  /** The tokens after a step: [H*W], UNDECIDED for cells that no step up to this one decided. */
  tokensAt(step: number): Int32Array {
    return this.tokens.map((token, i) => ((this.stepOf[i] ?? UNDECIDED) <= step ? token : UNDECIDED));
  }
}
