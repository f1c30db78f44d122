import type { CellTrack, StepEvent } from '../protocol';
import { CELL_TRACKS } from './cell-tracks';
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
 * The record of a run, complete even when a client missed snapshots. For each cell it holds the token, the step that
 * decided it, and how sure the model was. All arrays are in raster order, H*W long.
 */
export class Trace {
  readonly tokens: Int32Array;
  /** 1-based step that decided the cell, or UNDECIDED. */
  readonly stepOf: Int32Array;
  /** A number for each cell, as `CELL_TRACKS` names them. */
  readonly tracks: readonly CellTrack[];
  /** Wall time of each step, ms. */
  readonly stepMs: number[] = [];
  /** In the order of steps. */
  readonly events: StepEvent[] = [];
  /** Decided cells whose draw was a tie: rounding may decide them otherwise in another run. */
  ties = 0;
  /** The tokens that each step was fed, the first step's first. */
  readonly fed: (readonly TokenInput[])[] = [];
  /** Cells decided in the newest step, in the order of rows. */
  newest: readonly RasterPosition[] = [];

  constructor(
    readonly grid: GridShape,
    /** Lower bound for the steps of the whole run, as known so far. */
    public leastSteps: number,
    past?: TracePast,
  ) {
    const cells = grid.height * grid.width;
    this.tokens = new Int32Array(cells).fill(UNDECIDED);
    this.stepOf = new Int32Array(cells).fill(UNDECIDED);
    this.tracks = CELL_TRACKS.map(({ description }) => ({
      ...description,
      values: new Float32Array(cells),
    }));
    if (past) this.takeOver(past);
  }

  /** Steps recorded so far. */
  get steps(): number {
    return this.stepMs.length;
  }

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

  private takeOver({ steps, tokens, stepOf, tracks, stepMs, events, ties, fed }: TracePast): void {
    this.tokens.set(tokens);
    this.stepOf.set(stepOf);
    for (const { name, values } of this.tracks) {
      const known = tracks.find((track) => track.name === name)?.values ?? [];
      values.set(Float32Array.from(stepOf, (step, cell) => (step === UNDECIDED ? 0 : (known[cell] ?? 0))));
    }
    this.stepMs.push(...Array.from({ length: steps }, (_, i) => stepMs[i] ?? 0));
    this.events.push(...events.filter(({ step }) => step <= steps));
    this.ties = ties;
    this.fed.push(...Array.from({ length: steps }, (_, i) => fed[i] ?? []));
    this.newest = [...stepOf.keys()].filter((cell) => stepOf[cell] === steps);
  }

  /** The tokens after `step`: [H*W], UNDECIDED for cells that a later step decides. */
  tokensAt(step: number): Int32Array {
    return this.tokens.map((token, i) => ((this.stepOf[i] ?? UNDECIDED) <= step ? token : UNDECIDED));
  }
}
