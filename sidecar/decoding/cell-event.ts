import type { StepEvent } from '../protocol';

type WithoutStep<E> = E extends unknown ? Omit<E, 'step'> : never;

/** An event: something that happened to a cell in a step, besides its decision. It has no step; the trace adds the step. */
export type CellEvent = WithoutStep<StepEvent>;
