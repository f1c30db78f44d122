import type { BranchChanges, CellToken } from '../protocol';
import { sentence } from '../protocol/sentence';
import { DebuggerError } from './debugger-error';
import type { RunSteps } from './run-steps';

/** Changes of a run at the step where it stands. A branch goes on from them. */
export class RunEdits {
  private readonly tokens = new Map<number, number>();
  private readonly forbidden: CellToken[] = [];

  constructor(private readonly steps: RunSteps) {}

  get isEmpty(): boolean {
    return this.tokens.size === 0 && this.forbidden.length === 0;
  }

  /** The token that a cell has now; undefined when it was not changed. */
  tokenOf(cell: number): number | undefined {
    return this.tokens.get(cell);
  }

  forbiddenIn(cell: number): readonly number[] {
    return this.forbidden.filter((each) => each.cell === cell).map(({ token }) => token);
  }

  /** Gives a decided cell another token. @throws DebuggerError */
  set(cell: number, token: number): void {
    this.requireDecidedBefore(cell, this.forbidden);
    if (token === this.steps.record.snapshot.tokens[cell]) this.tokens.delete(cell);
    else this.tokens.set(cell, token);
  }

  /** Forbids a token of a cell, which is then drawn again. @throws DebuggerError */
  forbid(cell: number, token: number): void {
    const forbidden = { cell, token };
    for (const changed of this.tokens.keys()) this.requireDecidedBefore(changed, [forbidden]);
    this.forbidden.push(forbidden);
  }

  /** The changes as a branch has them. @param step where the run stands */
  changesAt(step: number): BranchChanges {
    const set = [...this.tokens].map(([cell, token]) => ({ cell, token }));
    const before = this.forbidden.map(({ cell }) => (this.steps.stepOf(cell) ?? step + 1) - 1);
    return { step: Math.min(step, ...before), set, forbid: [...this.forbidden] };
  }

  /** A branch goes on before the cell whose token is forbidden. So a cell that is set must be decided by then. */
  private requireDecidedBefore(cell: number, forbidden: readonly CellToken[]): void {
    for (const { cell: open } of forbidden) {
      const [decidedIn, drawnIn] = [this.steps.stepOf(cell) ?? Infinity, this.steps.stepOf(open) ?? Infinity];
      if (decidedIn < drawnIn) continue;
      const { steps } = this;
      throw new DebuggerError(
        sentence`A branch that forbids a token of ${steps.cellName(open)} begins before step ${drawnIn}, when ${steps.cellName(cell)} is not decided; make the two changes in two branches.`,
      );
    }
  }
}

/** A token that the user typed: a whole number from 0. @throws DebuggerError */
export function readToken(text: string): number {
  const token = Number(text.trim());
  if (/^\d+$/.test(text.trim()) && token <= 0xffffffff) return token;
  throw new DebuggerError(sentence`“${text}” is no token; write a whole number from 0.`);
}
