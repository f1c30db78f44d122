import type { DecoderDescription, DecoderSettings } from '../protocol';
import type { CellEvent } from './cell-event';
import type { Forward } from './forward';
import type { PastSteps } from './past-steps';
import type { Choice, SamplingOptions } from './sampling';
import type { GridShape, RasterPosition } from './token-grid';
import type { TokenInput } from './token-input';

/** The options of drawing tokens. All decoders have them. */
export interface SeededSampling extends SamplingOptions {
  /** Integer 0..2^32-1. */
  readonly seed: number;
}

/** The decision of a cell in a step: the token, and how sure the model was. */
export interface Decision extends Choice {
  readonly position: RasterPosition;
}

/** The result of a step. */
export interface DecodedStep {
  /** The number of the step, from 1. Step 1 computes the prompt. */
  readonly step: number;
  /** The cells that the step decided, in the order of rows. */
  readonly decisions: readonly Decision[];
  /**
   * Other things that happened to cells in this step. If a step tries a draft, there is an event with this draft, in this step
   * or in an earlier one. There is no second event if the cell keeps the same draft. So the drafts that a step tries are the
   * newest drafts of all cells that were undecided before the step.
   */
  readonly events: readonly CellEvent[];
  /** A lower bound for the steps of the whole run, after this step. In the last step it is the exact number. */
  readonly leastSteps: number;
  /** The tokens that the step was fed; empty for the prompt's step. */
  readonly inputs: readonly TokenInput[];
}

/** Bounds for the number of steps of a run, the prompt's step included. They follow from the settings of the run. */
export interface StepBounds {
  readonly least: number;
  readonly most: number;
}

/** The number of steps of a run, and the number of tokens in them. */
export interface StepCount extends StepBounds {
  /** The most tokens that one step decides. */
  readonly mostTokens: number;
}

/** A decoder with its settings. */
export interface ConfiguredDecoder {
  /** Its settings in words, such as "window 4"; empty if there is nothing to say. */
  readonly detail: string;
  /** The kinds of events that its steps can have. When absent, all kinds in the description of the decoder. */
  readonly events?: DecoderDescription['events'];
  /** The number of steps for a picture of this grid. */
  steps(grid: GridShape): StepCount;
  /**
   * The number of steps of the plain decoder, which makes the same picture, token for token. Absent when no plain decoder makes
   * the same picture.
   */
  plainSteps?(grid: GridShape): number;
  /**
   * Decodes a picture and yields after each step. The generator ends when every cell is decided. A caller that asks for
   * no more steps cancels the run. In both cases the forward is released.
   * @param past steps of an earlier run, after which this one goes on. Only decoders that have `resumesAfter` take it, cut after
   *   the step that `resumesAfter` names
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

/** A rule that says which cells a step decides. `decoders.ts` has the table of all decoders. */
export interface Decoder {
  readonly description: DecoderDescription;
  /**
   * Settings of other decoders that have a fixed value for this one. Users cannot change them, but the record of a run states
   * them. Example: the window of raster order is the width of the grid. Absent means none.
   */
  readonly fixed?: (grid: GridShape) => DecoderSettings;
  /** Makes the decoder for given settings. @param settings complete and in range, as `chooseDecoding` makes them */
  configure(settings: DecoderSettings): ConfiguredDecoder;
}
