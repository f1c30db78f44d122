import type { TokenInput } from './token-input';

/** The inputs of a step. */
export interface StepInputs {
  readonly inputs: readonly TokenInput[];
  /** Indices into `inputs`, one for each cell that is predicted. */
  readonly predicting: readonly number[];
}

/** The inputs of a step, and the inputs of earlier steps that must be forgotten before it. */
export interface ReplacingInputs extends StepInputs {
  /** Inputs of earlier steps that these inputs replace, at the same positions. */
  readonly replaced: readonly TokenInput[];
}
