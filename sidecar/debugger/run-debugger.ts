import { sentence } from '../protocol/sentence';
import { stopAt, type RunBreakpoint, type Stop } from './breakpoints';
import { DebuggerError } from './debugger-error';
import { parseExpression, type Value } from './expression';
import { RunEdits } from './run-edits';
import type { RunSteps } from './run-steps';

/** A row in flight: it has begun, and a cell of it is undecided or was decided by the step. */
export interface RowInFlight {
  /** From 0. */
  readonly row: number;
  /** Its decided cells, the newest first. If it has none, its first cell. */
  readonly cells: readonly number[];
}

/** The end that a movement reached. */
export type Moved =
  | { readonly kind: 'stopped'; readonly stop: Stop; readonly isBreakpoint: boolean }
  | { readonly kind: 'end' };

/** A debugger of a recorded run: the step where it stands, movements, and changes. It needs no model. */
export class RunDebugger {
  readonly edits: RunEdits;
  private place: Stop = { step: 0, cell: undefined };

  constructor(readonly steps: RunSteps) {
    this.edits = new RunEdits(steps);
  }

  /** The number of steps that are done where it stands. */
  get step(): number {
    return this.place.step;
  }

  /** The cell for which it stopped. */
  get cell(): number | undefined {
    return this.place.cell;
  }

  /** Goes on to the next step for which something holds. */
  runUntil(breakpoints: readonly RunBreakpoint[]): Moved {
    for (let step = this.step + 1; step <= this.steps.count; step++) {
      const stop = stopAt(step, breakpoints, this.steps);
      if (stop) return this.stopAt(stop, true);
    }
    return { kind: 'end' };
  }

  /** Goes back to the last step for which something holds, or to the beginning. */
  runBack(breakpoints: readonly RunBreakpoint[]): Moved {
    this.requireRecorded();
    for (let step = this.step - 1; step > 0; step--) {
      const stop = stopAt(step, breakpoints, this.steps);
      if (stop) return this.stopAt(stop, true);
    }
    return this.stopAt({ step: 0, cell: undefined }, false);
  }

  /** One pass on. */
  next(): Moved {
    return this.nextWhere(() => true);
  }

  /** On to the next step that decides a cell of a row. */
  nextIn(row: number): Moved {
    return this.nextWhere((step) => this.steps.decided(step).some((cell) => this.rowOf(cell) === row));
  }

  /** On to the step that completes a row. */
  outOf(row: number): Moved {
    const { width } = this.steps.record.snapshot;
    return this.nextWhere((step) => this.steps.fronts(step)[row] === width);
  }

  /** One pass back. */
  back(): Moved {
    this.requireRecorded();
    return this.stopAt({ step: Math.max(this.step - 1, 0), cell: undefined }, false);
  }

  /** To any step. @param step 0..count */
  goTo(step: number): Moved {
    this.requireRecorded();
    return this.stopAt({ step, cell: undefined }, false);
  }

  /** The rows in flight, from the top. Before the first step it is the first row. */
  rows(): readonly RowInFlight[] {
    const { width } = this.steps.record.snapshot;
    const now = new Set(this.steps.decided(this.step).map((cell) => this.rowOf(cell)));
    for (const { position } of this.steps.events(this.step)) now.add(this.rowOf(position));
    const inFlight = [...this.steps.fronts(this.step).entries()].filter(
      ([row, front]) => now.has(row) || (front > 0 && front < width),
    );
    const rows = inFlight.length === 0 ? [0] : inFlight.map(([row]) => row);
    return rows.map((row) => ({ row, cells: this.cellsOf(row) }));
  }

  /**
   * The value of an expression where the debugger stands.
   * @param cell the cell whose values the names mean
   * @throws DebuggerError when it cannot be read, or something in it is not known here
   */
  evaluate(text: string, cell: number | undefined): Value {
    const value = parseExpression(text, this.steps.names)(this.steps.scope(this.step, cell));
    if (value !== undefined) return value;
    throw new DebuggerError(
      sentence`${text} has no value after step ${this.step}: a cell in it is not decided, or no cell is chosen.`,
    );
  }

  private nextWhere(holds: (step: number) => boolean): Moved {
    this.requireRecorded();
    for (let step = this.step + 1; step <= this.steps.count; step++)
      if (holds(step)) return this.stopAt({ step, cell: undefined }, false);
    return { kind: 'end' };
  }

  private stopAt(stop: Stop, isBreakpoint: boolean): Moved {
    this.place = stop;
    return { kind: 'stopped', stop, isBreakpoint };
  }

  /** After a change, the recorded steps do not follow any more. @throws DebuggerError */
  private requireRecorded(): void {
    if (this.edits.isEmpty) return;
    throw new DebuggerError(
      sentence`A token was changed, so the recorded steps do not follow any more; Continue makes the branch, and Restart drops the change.`,
    );
  }

  private cellsOf(row: number): readonly number[] {
    const { width } = this.steps.record.snapshot;
    const cells = Array.from({ length: width }, (_, column) => row * width + column);
    const decided = cells.filter((cell) => this.steps.isDecided(cell, this.step));
    if (decided.length === 0) return [row * width];
    const stepOf = (cell: number): number => this.steps.stepOf(cell) ?? 0;
    return decided.sort((a, b) => stepOf(b) - stepOf(a) || b - a);
  }

  private rowOf(cell: number): number {
    return Math.floor(cell / this.steps.record.snapshot.width);
  }
}
