import type { DecoderDescription, DecoderSettings } from '../protocol';
import type { CellEvent } from './cell-event';
import type { Forward } from './forward';
import type { PastSteps } from './past-steps';
import type { Choice, SamplingOptions } from './sampling';
import type { GridShape, RasterPosition } from './token-grid';
import type { TokenInput } from './token-input';

/** How tokens are drawn, the same for all decoders. */
export interface SeededSampling extends SamplingOptions {
  /** Integer 0..2^32-1. */
  readonly seed: number;
}

/** A token decided in a step. */
export interface Decision extends Choice {
  readonly position: RasterPosition;
}

/** What one step decided. */
export interface DecodedStep {
  /** 1-based; step 1 is the prompt's step. */
  readonly step: number;
  /** In the order of rows. */
  readonly decisions: readonly Decision[];
  /**
   * Other things that happened to cells in this step. A decoder with drafts first tells of each draft that the step checks,
   * unless the cell had the same draft before. So the drafts of a step are all that were told of cells undecided until then.
   */
  readonly events: readonly CellEvent[];
  /** Lower bound for the steps of the whole run, as known now; exact in the last step. */
  readonly leastSteps: number;
  /** Tokens that the step was fed; empty for the prompt's step. */
  readonly inputs: readonly TokenInput[];
}

/** Bounds for the steps of a run, the prompt's step included. The settings of the run give the bounds. */
export interface StepBounds {
  readonly least: number;
  readonly most: number;
}

/** The number of steps that a run takes. */
export interface StepCount extends StepBounds {
  /** The most tokens that one step decides. */
  readonly mostTokens: number;
}

/** A decoder with its settings. */
export interface ConfiguredDecoder {
  /** Its settings in words, such as "window 4"; empty for a decoder without settings to name. */
  readonly detail: string;
  /** The kinds of events that its steps can have; all that the decoder describes when absent. */
  readonly events?: DecoderDescription['events'];
  /** The number of steps for a picture of this grid. */
  steps(grid: GridShape): StepCount;
  /**
   * The number of steps in which another decoder makes the same picture, token for token; absent when the decoder makes a
   * picture of its own.
   */
  plainSteps?(grid: GridShape): number;
  /**
   * Decodes a picture and yields after each step. The generator ends when every cell is decided. A caller that
   * stops asking cancels the run. In both cases the forward is released.
   * @param past steps of an earlier run, after which this one goes on with the same tokens; only for decoders that have
   *   `resumesAfter`, and cut after the step that it names
   * @throws SamplingError, PastStepsError
   */
  decode(
    forward: Forward,
    sampling: SeededSampling,
    past?: PastSteps,
  ): AsyncGenerator<DecodedStep, void, void>;
  /**
   * The newest step of an earlier run after which `decode` can go on; 0 = none, the run begins again. Absent when the decoder
   * cannot go on with the same tokens.
   * @throws PastStepsError when no run with these settings took these steps
   */
  resumesAfter?(past: PastSteps, grid: GridShape): number;
}

/** A way to decide the tokens of a picture. `decoders.ts` holds the table of them. */
export interface Decoder {
  readonly description: DecoderDescription;
  /** Settings that the decoder does not have, but that its record states with a fixed value; absent means none. */
  readonly fixed?: (grid: GridShape) => DecoderSettings;
  /** @param settings complete and in range, as `chooseDecoding` makes them */
  configure(settings: DecoderSettings): ConfiguredDecoder;
}
