/** A line of the list of runs that VS Code no longer knows: it drops all lines while it reads the list again. */
export const LOST_LINE = Symbol('lost-line');

/**
 * The argument of a run's command.
 *
 * @param given what VS Code gave. The palette gives nothing. A menu of the list gives undefined for a line that was lost.
 */
export function runArgument(given: readonly unknown[]): unknown {
  return given.length > 0 && given[0] === undefined ? LOST_LINE : given[0];
}
