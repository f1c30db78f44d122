import type { TokenInput } from './token-input';

/** The inputs of a step. */
export interface StepInputs {
  readonly inputs: readonly TokenInput[];
  /** The indices of the inputs that predict, one for each predicted cell. */
  readonly predicting: readonly number[];
}

/** The inputs of a step, and the inputs of earlier steps that must be forgotten before this step. */
export interface ReplacingInputs extends StepInputs {
  /** The inputs of earlier steps that these inputs replace. Both have the same positions. */
  readonly replaced: readonly TokenInput[];
}
