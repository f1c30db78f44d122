import type { DebugProtocol } from '@vscode/debugprotocol';
import { readBreakpoint, type RunBreakpoint } from '../sidecar/debugger/breakpoints';
import { DebuggerError } from '../sidecar/debugger/debugger-error';
import type { RunSteps } from '../sidecar/debugger/run-steps';
import { lineOf, stepAtLine } from '../sidecar/debugger/step-listing';
import { sentence, type Said, type Sentence } from '../sidecar/protocol';

/** The conditions that the view of breakpoints offers. */
const FILTERS: readonly {
  readonly filter: string;
  readonly label: Sentence;
  readonly description: Sentence;
  /** Describes the value that the user may give; absent where there is none. */
  readonly value?: Sentence;
  readonly conditionOf: (value: string | undefined) => string;
}[] = [
  {
    filter: 'rejected',
    label: sentence`A row start is rejected`,
    description: sentence`Stops where a candidate for the first token of a row is rejected.`,
    conditionOf: () => 'rejected',
  },
  {
    filter: 'corrected',
    label: sentence`A draft is corrected`,
    description: sentence`Stops where a step decides another token than its draft.`,
    conditionOf: () => 'corrected',
  },
  {
    filter: 'entropy',
    label: sentence`High entropy`,
    description: sentence`Stops where the entropy of a cell is above a number of nats.`,
    value: sentence`Number of nats, such as 3`,
    conditionOf: (value) => `entropy > ${value ?? '3'}`,
  },
];

/** The conditions that the view of breakpoints offers, as the protocol describes them. @param say in the user's language */
export function breakpointFilters(say: (said: Said) => string): DebugProtocol.ExceptionBreakpointsFilter[] {
  return FILTERS.map(({ filter, label, description, value }) => ({
    ...{ filter, label: say(label), description: say(description) },
    ...(value && { supportsCondition: true, conditionDescription: say(value) }),
  }));
}

/**
 * The breakpoints of a debugged run. Each kind is set as a whole, as the protocol does. A breakpoint that cannot be read is told
 * with its reason, and stops nowhere.
 */
export class RunBreakpoints {
  private readonly byKind = new Map<
    'lines' | 'conditions' | 'filters' | 'launch',
    readonly RunBreakpoint[]
  >();

  /** @param sayError the sentence of an error, in the user's language */
  constructor(private readonly sayError: (error: unknown) => string) {}

  get all(): readonly RunBreakpoint[] {
    return [...this.byKind.values()].flat();
  }

  /** Breakpoints in lines of the listing: each stops at a step. */
  setLines(lines: readonly DebugProtocol.SourceBreakpoint[], steps: RunSteps): DebugProtocol.Breakpoint[] {
    const read = lines.map(({ line, condition }) => {
      const step = stepAtLine(line, steps);
      return { line: lineOf(step), reading: this.tried(() => readBreakpoint(given(condition), step, steps)) };
    });
    this.set(
      'lines',
      read.map(({ reading }) => reading),
    );
    return read.map(({ line, reading }) => ({ ...verified(reading), line }));
  }

  /** Function breakpoints: their names are conditions. */
  setConditions(
    conditions: readonly DebugProtocol.FunctionBreakpoint[],
    steps: RunSteps,
  ): DebugProtocol.Breakpoint[] {
    const read = conditions.map(({ name, condition }) =>
      this.tried(() => readBreakpoint(both(name, given(condition)), undefined, steps)),
    );
    return this.set('conditions', read);
  }

  /** Conditions of the list that the user has ticked. */
  setFilters(
    filters: readonly DebugProtocol.ExceptionFilterOptions[],
    steps: RunSteps,
  ): DebugProtocol.Breakpoint[] {
    const read = filters.map(({ filterId, condition }) =>
      this.tried(() => {
        const found = FILTERS.find(({ filter }) => filter === filterId);
        if (!found)
          throw new DebuggerError(sentence`There is no condition “${filterId}”; choose one of the list.`);
        return readBreakpoint(found.conditionOf(given(condition)), undefined, steps);
      }),
    );
    return this.set('filters', read);
  }

  /** Conditions of the launch. @throws DebuggerError when one cannot be read */
  setStops(stopAt: unknown, steps: RunSteps): void {
    if (stopAt === undefined) return;
    if (!Array.isArray(stopAt) || !stopAt.every((each) => typeof each === 'string'))
      throw new DebuggerError(
        sentence`"stopAt" of the launch must be a list of conditions, such as ["entropy > 3"].`,
      );
    this.byKind.set(
      'launch',
      stopAt.map((condition) => readBreakpoint(condition, undefined, steps)),
    );
  }

  private set(
    kind: 'lines' | 'conditions' | 'filters',
    read: readonly Reading[],
  ): DebugProtocol.Breakpoint[] {
    this.byKind.set(
      kind,
      read.flatMap(({ breakpoint }) => breakpoint ?? []),
    );
    return read.map(verified);
  }

  private tried(read: () => RunBreakpoint): Reading {
    try {
      return { breakpoint: read() };
    } catch (error) {
      return { breakpoint: undefined, problem: this.sayError(error) };
    }
  }
}

type Reading =
  { readonly breakpoint: RunBreakpoint } | { readonly breakpoint: undefined; readonly problem: string };

function verified(reading: Reading): DebugProtocol.Breakpoint {
  return reading.breakpoint ? { verified: true } : { verified: false, message: reading.problem };
}

/** A text that is not empty. */
function given(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}

function both(condition: string, further: string | undefined): string {
  return further === undefined ? condition : `(${condition}) and (${further})`;
}
