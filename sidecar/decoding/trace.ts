import type { DecodedStep } from './decode';
import { UNDECIDED, type GridShape, type RasterPosition } from './token-grid';

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
  /** Cells decided in the newest step, in the order of rows. */
  newest: readonly RasterPosition[] = [];

  constructor(readonly grid: GridShape) {
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

  record({ step, decisions }: Pick<DecodedStep, 'step' | 'decisions'>, ms: number): void {
    if (step !== this.steps + 1) throw new Error(`Step ${step} was recorded after step ${this.steps}.`);
    for (const { position, token, probability, entropy } of decisions) {
      this.tokens[position] = token;
      this.stepOf[position] = step;
      this.probability[position] = probability;
      this.entropy[position] = entropy;
    }
    this.stepMs.push(ms);
    this.newest = decisions.map((decision) => decision.position);
  }

  /** The tokens as they stood after `step`: [H*W], UNDECIDED where later. */
  tokensAt(step: number): Int32Array {
    return this.tokens.map((token, i) => ((this.stepOf[i] ?? UNDECIDED) <= step ? token : UNDECIDED));
  }
}
