import { UNDECIDED, type StepEvent } from '../protocol';
import { sentence, type Sentence } from '../protocol/sentence';
import type { RunRecord } from '../trace-file/run-record';
import { DebuggerError } from './debugger-error';
import type { Scope, Value } from './expression';

/** Names of values that each cell has, apart from its tracks and events. */
const PLACE = ['step', 'row', 'column', 'token'] as const;

/** Names of events as conditions name them. */
const EVENTS: Readonly<Record<string, (event: StepEvent) => boolean>> = {
  rejected: (event) => event.kind === 'judged' && !event.accepted,
  accepted: (event) => event.kind === 'judged' && event.accepted,
  drafted: ({ kind }) => kind === 'drafted',
  confirmed: ({ kind }) => kind === 'confirmed',
  corrected: ({ kind }) => kind === 'corrected',
};

/** Names of what can happen to a cell besides its decision. */
export const EVENT_NAMES: readonly string[] = Object.keys(EVENTS);

/** A recorded run, step by step. Cells are raster positions. */
export class RunSteps {
  private readonly cellsOf: number[][];
  private readonly eventsOf: StepEvent[][];

  constructor(readonly record: RunRecord) {
    const { snapshot } = record;
    this.cellsOf = Array.from({ length: snapshot.step + 1 }, () => []);
    this.eventsOf = Array.from({ length: snapshot.step + 1 }, () => []);
    for (const [cell, step] of snapshot.stepOf.entries()) this.cellsOf[step]?.push(cell);
    for (const event of snapshot.events) this.eventsOf[event.step]?.push(event);
  }

  /** Number of steps that are done. */
  get count(): number {
    return this.record.snapshot.step;
  }

  get isComplete(): boolean {
    return this.record.run.state === 'complete';
  }

  /** The names that may stand in an expression. */
  get names(): readonly string[] {
    const tracks = this.record.snapshot.tracks.map(({ name }) => name);
    return [...PLACE, ...tracks, ...EVENT_NAMES];
  }

  /** The cells that a step decided, rising. */
  decided(step: number): readonly number[] {
    return this.cellsOf[step] ?? [];
  }

  events(step: number): readonly StepEvent[] {
    return this.eventsOf[step] ?? [];
  }

  /** The step that decided a cell; undefined for a cell that the run did not decide. */
  stepOf(cell: number): number | undefined {
    const step = this.record.snapshot.stepOf[cell] ?? UNDECIDED;
    return step === UNDECIDED ? undefined : step;
  }

  isDecided(cell: number, step: number): boolean {
    return (this.stepOf(cell) ?? Infinity) <= step;
  }

  /** Number of decided cells of each row after a step. */
  fronts(step: number): readonly number[] {
    const { height, width } = this.record.snapshot;
    return Array.from(
      { length: height },
      (_, row) =>
        Array.from({ length: width }, (__, column) => row * width + column).filter((cell) =>
          this.isDecided(cell, step),
        ).length,
    );
  }

  /** The newest draft of an undecided cell after a step; undefined when the cell has none. */
  draft(cell: number, step: number): number | undefined {
    if (this.isDecided(cell, step)) return undefined;
    const { events } = this.record.snapshot;
    return events.findLast(
      (event) => event.position === cell && event.step <= step && event.kind !== 'judged',
    )?.token;
  }

  /** "row 3, column 7" */
  cellName(cell: number): Sentence {
    const { width } = this.record.snapshot;
    return sentence`row ${Math.floor(cell / width) + 1}, column ${(cell % width) + 1}`;
  }

  /**
   * What the names of an expression mean after a step.
   * @param cell the cell of the scope; undefined: the names of cells are not known
   */
  scope(step: number, cell: number | undefined): Scope {
    return {
      value: (name) => this.value(name, step, cell),
      cell: (row, column) => this.scope(step, this.cellAt(row, column)),
      decided: () => this.decided(step).map((each) => this.scope(step, each)),
    };
  }

  private value(name: string, step: number, cell: number | undefined): Value | undefined {
    const { tracks, tokens, width } = this.record.snapshot;
    if (cell === undefined) return name === 'step' ? step : undefined;
    const event = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
    if (event) return this.events(step).some((each) => each.position === cell && event(each));
    if (name === 'row') return Math.floor(cell / width) + 1;
    if (name === 'column') return (cell % width) + 1;
    const decidedIn = this.stepOf(cell);
    if (name === 'step') return decidedIn === undefined || decidedIn > step ? step : decidedIn;
    if (decidedIn === undefined || decidedIn > step) return undefined;
    if (name === 'token') return tokens[cell];
    return tracks.find((track) => track.name === name)?.values[cell];
  }

  private cellAt(row: number, column: number): number {
    const { height, width } = this.record.snapshot;
    const isInside =
      Number.isInteger(row) &&
      Number.isInteger(column) &&
      row >= 1 &&
      column >= 1 &&
      row <= height &&
      column <= width;
    if (isInside) return (row - 1) * width + column - 1;
    throw new DebuggerError(
      sentence`Row ${row}, column ${column} is outside the grid of ${height}x${width} tokens; rows and columns count from 1.`,
    );
  }
}
