import type { Judgement } from './adaptive-start';
import type { DecodedStep } from './decode';
import { UNDECIDED, type GridShape, type RasterPosition } from './token-grid';

/** A candidate for a row's first token, and the step that judged it. */
export interface RecordedJudgement extends Judgement {
  readonly step: number;
}

/**
 * The record of a run, complete whatever its watchers missed: for each cell what was decided, when, and how sure
 * the model was. All arrays in raster order, H*W long.
 */
export class Trace {
  readonly tokens: Int32Array;
  /** 1-based step that decided the cell, or UNDECIDED. */
  readonly stepOf: Int32Array;
  readonly probability: Float32Array;
  /** Nats. */
  readonly entropy: Float32Array;
  /** Wall time of each step, ms. */
  readonly stepMs: number[] = [];
  /** In the order of steps, at most one a step. */
  readonly judgements: RecordedJudgement[] = [];
  /** Cells decided in the newest step, in the order of rows. */
  newest: readonly RasterPosition[] = [];

  constructor(
    readonly grid: GridShape,
    /** Steps that the whole run takes at least, as known so far. */
    public leastSteps: number,
  ) {
    const cells = grid.height * grid.width;
    this.tokens = new Int32Array(cells).fill(UNDECIDED);
    this.stepOf = new Int32Array(cells).fill(UNDECIDED);
    this.probability = new Float32Array(cells);
    this.entropy = new Float32Array(cells);
  }

  /** Steps recorded so far. */
  get steps(): number {
    return this.stepMs.length;
  }

  record({ step, decisions, judgement, leastSteps }: Omit<DecodedStep, 'inputs'>, ms: number): void {
    if (step !== this.steps + 1) throw new Error(`Step ${step} was recorded after step ${this.steps}.`);
    for (const { position, token, probability, entropy } of decisions) {
      this.tokens[position] = token;
      this.stepOf[position] = step;
      this.probability[position] = probability;
      this.entropy[position] = entropy;
    }
    if (judgement) this.judgements.push({ step, ...judgement });
    this.leastSteps = leastSteps;
    this.stepMs.push(ms);
    this.newest = decisions.map((decision) => decision.position);
  }

  /** The tokens as they stood after `step`: [H*W], UNDECIDED where later. */
  tokensAt(step: number): Int32Array {
    return this.tokens.map((token, i) => ((this.stepOf[i] ?? UNDECIDED) <= step ? token : UNDECIDED));
  }
}
