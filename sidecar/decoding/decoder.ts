import type { DecoderDescription, DecoderSettings } from '../protocol';
import type { CellEvent } from './cell-event';
import type { Forward, TokenInput } from './forward';
import type { Choice, SamplingOptions } from './sampling';
import type { GridShape, RasterPosition } from './token-grid';

/** How tokens are drawn, the same for all decoders. */
export interface SeededSampling extends SamplingOptions {
  /** Integer 0..2^32-1. */
  readonly seed: number;
}

/** A token decided in a step. */
export interface Decision extends Choice {
  readonly position: RasterPosition;
}

/** What one forward pass brought. */
export interface DecodedStep {
  /** 1-based; step 1 is the prompt's pass. */
  readonly step: number;
  /** In the order of rows. */
  readonly decisions: readonly Decision[];
  /** What else happened to cells in this pass. */
  readonly events: readonly CellEvent[];
  /** Steps that the whole run takes at least, as known now; exact in the last step. */
  readonly leastSteps: number;
  /** Tokens that the pass was fed; none for the prompt's. */
  readonly inputs: readonly TokenInput[];
}

/** Forward passes of a run as far as its settings tell, the prompt's included. */
export interface StepBounds {
  readonly least: number;
  readonly most: number;
}

/** What a run costs in passes. */
export interface StepCount extends StepBounds {
  /** Tokens decided in one step at most. */
  readonly mostTokens: number;
}

/** A decoder whose settings are made. */
export interface ConfiguredDecoder {
  /** Its settings in words, such as "window 4"; empty when there is nothing to say. */
  readonly detail: string;
  /** What a picture of this grid costs. */
  steps(grid: GridShape): StepCount;
  /**
   * Decodes a picture, yielding after each forward pass. Ends when every cell is decided; whoever stops asking cancels the run.
   * Either way the forward is released.
   * @throws SamplingError
   */
  decode(forward: Forward, sampling: SeededSampling): AsyncGenerator<DecodedStep, void, void>;
}

/** A way to decide the tokens of a picture. `decoders.ts` holds the table of them. */
export interface Decoder {
  readonly description: DecoderDescription;
  /** What its record says of settings that it does not have; none unless said otherwise. */
  readonly fixed?: (grid: GridShape) => DecoderSettings;
  /** @param settings complete and in range, as `chooseDecoding` makes them */
  configure(settings: DecoderSettings): ConfiguredDecoder;
}
