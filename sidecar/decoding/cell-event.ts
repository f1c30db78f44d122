import type { StepEvent } from '../protocol';

type WithoutStep<E> = E extends unknown ? Omit<E, 'step'> : never;

/** What happened to a cell in a step, apart from the decision itself. The trace adds the step. */
export type CellEvent = WithoutStep<StepEvent>;
