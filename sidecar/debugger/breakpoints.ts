import { isTrue, parseExpression, type Expression } from './expression';
import { EVENT_NAMES, type RunSteps } from './run-steps';

/** A condition at which a run stops. */
export interface RunBreakpoint {
  /** The only step at which it is looked at; undefined: every step. */
  readonly step: number | undefined;
  readonly condition: Expression;
  /** Whether the condition names an event. Only then is it looked at for cells that the step did not decide. */
  readonly isOfEvents: boolean;
}

/** Where and why a run stops. */
export interface Stop {
  readonly step: number;
  /** The cell for which a condition holds; undefined when the condition names no cell. */
  readonly cell: number | undefined;
}

/**
 * Reads a breakpoint. A condition is looked at for each cell that a step decides. A condition that names an event is also looked
 * at for each cell to which something happens.
 * @param condition an expression; undefined: it always holds
 * @throws DebuggerError when the condition cannot be read
 */
export function readBreakpoint(
  condition: string | undefined,
  step: number | undefined,
  steps: RunSteps,
): RunBreakpoint {
  const expression = condition === undefined ? () => true : parseExpression(condition, steps.names);
  const isOfEvents = EVENT_NAMES.some((name) => condition?.split(/\W+/).includes(name));
  return { step, condition: expression, isOfEvents };
}

/** The first stop among some breakpoints at a step; undefined when none holds there. */
export function stopAt(
  step: number,
  breakpoints: readonly RunBreakpoint[],
  steps: RunSteps,
): Stop | undefined {
  const asked = breakpoints.filter((each) => each.step === undefined || each.step === step);
  if (asked.length === 0) return undefined;
  const decided = steps.decided(step);
  const withEvents = [...new Set([...decided, ...steps.events(step).map(({ position }) => position)])];
  for (const { condition, isOfEvents } of asked) {
    const cells = isOfEvents ? withEvents : decided;
    const places: readonly (number | undefined)[] = cells.length === 0 ? [undefined] : cells;
    const index = places.findIndex((cell) => isTrue(condition(steps.scope(step, cell))));
    if (index !== -1) return { step, cell: places[index] };
  }
  return undefined;
}
