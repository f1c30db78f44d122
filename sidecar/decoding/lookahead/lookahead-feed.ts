import { cellsOf, type RowRange } from '../row-range';
import type { SequenceLayout } from '../sequence-layout';
import type { CodebookIndex, RasterPosition } from '../token-grid';
import { sees, type TokenInput } from '../token-input';
import { standInFor, type DecidedTokens, type StandIn } from '../zipar/stand-in';
import { timeOf, type BaseScheduleOptions } from './base-schedule';
import type { LookaheadFronts } from './lookahead-fronts';

/** A cell's token has the number of its cell. An input that starts a row has the number of the row, counted down from -1. */
type InputKey = number;

/** An input of a step. */
export interface FedInput {
  readonly input: TokenInput;
  /** The row at whose position it stands: it sees this row and the rows above. */
  readonly row: number;
  /** The cell whose token it is; undefined for a stand-in and for a row terminator. */
  readonly cell: RasterPosition | undefined;
  /** The cell that it predicts, whether or not a step asks for the prediction; undefined if it predicts none. */
  readonly predicts: RasterPosition | undefined;
  /** Names the input from step to step. Each step that feeds it makes a new object, until it is kept. */
  readonly key: InputKey;
}

/** The inputs of a step that evaluates some cells. */
export interface LookaheadInputs {
  readonly fed: readonly FedInput[];
  /** Indices into `fed`, one for each cell that is evaluated, in the order of the ranges. */
  readonly predicting: readonly number[];
}

/**
 * Computes the inputs of a step. They are those of the base schedule, each with its time there, so that a cell sees what it
 * would see in the base schedule.
 *
 * The keys and values of an input are kept once they are true: its own value and all that it saw were final. Every other
 * input that an evaluated cell would see is fed again in each step, also where nothing is predicted from it.
 */
export class LookaheadFeed {
  private readonly kept = new Set<InputKey>();
  /** Kept stand-ins. */
  private standIns: readonly FedInput[] = [];
  /** The inputs of the ends of all rows above are kept. */
  private firstOpenRow = 0;

  constructor(
    private readonly schedule: BaseScheduleOptions,
    private readonly layout: SequenceLayout,
    private readonly standIn: StandIn,
  ) {}

  /** @param tokenAt the token of a cell that is final, else its draft */
  inputsFor(
    ranges: readonly RowRange[],
    fronts: LookaheadFronts,
    tokenAt: (cell: RasterPosition) => CodebookIndex,
  ): LookaheadInputs {
    const evaluated = new Set(ranges.flatMap((range) => cellsOf(range, this.schedule.grid)));
    const candidates = this.candidates(ranges, fronts, tokenAt);
    const fed: FedInput[] = [];
    // An input is seen only from its own position or from behind it.
    for (const candidate of candidates.reverse()) {
      const isAsked = candidate.predicts !== undefined && evaluated.has(candidate.predicts);
      if (isAsked || fed.some(({ input }) => sees(input, candidate.input))) fed.push(candidate);
    }
    fed.reverse();
    const place = new Map(fed.map(({ predicts }, i) => [predicts, i]));
    return { fed, predicting: [...evaluated].map((cell) => place.get(cell) ?? NaN) };
  }

  /** Keeps true inputs. All others of the step must be forgotten. */
  keep(inputs: readonly FedInput[]): void {
    const { width } = this.schedule.grid;
    for (const fed of inputs) {
      this.kept.add(fed.key);
      if (fed.input.until !== undefined) this.standIns = [...this.standIns, fed];
    }
    while (this.kept.has((this.firstOpenRow + 1) * width - 1)) this.firstOpenRow++;
  }

  /** Takes the kept stand-ins that no further input sees, because all that is still to be fed comes after their end. */
  takeReplaced(fronts: LookaheadFronts): readonly TokenInput[] {
    const replaced = this.standIns.filter((standIn) => this.isReplaced(standIn, fronts));
    if (replaced.length > 0) this.standIns = this.standIns.filter((standIn) => !replaced.includes(standIn));
    return replaced.map(({ input }) => input);
  }

  private isReplaced({ input, row }: FedInput, fronts: LookaheadFronts): boolean {
    for (let below = row + 1; below < this.schedule.grid.height; below++)
      if (fronts.frontTime(below) < (input.until ?? Infinity)) return false;
    return true;
  }

  /** All inputs that are not kept and that some evaluated cell may see, in the order of their positions. */
  private candidates(
    ranges: readonly RowRange[],
    fronts: LookaheadFronts,
    tokenAt: (cell: RasterPosition) => CodebookIndex,
  ): FedInput[] {
    const lastRow = ranges.at(-1)?.row ?? 0;
    const endOf = new Map(ranges.map(({ row, to }) => [row, to]));
    const candidates: FedInput[] = [];
    for (let row = this.firstOpenRow; row <= lastRow; row++) {
      const final = fronts.finalsIn(row);
      const end = endOf.get(row) ?? final;
      const start: FedInput[] = [];
      // The inputs that start the next row stand at its end, a stand-in at the same position as the end itself.
      if (row < lastRow && fronts.finalsIn(row + 1) === 0 && endOf.has(row + 1))
        start.push(...this.rowStart(row + 1, tokenAt));
      for (let column = Math.max(0, final - 1); column < end; column++)
        if (!this.kept.has(row * this.schedule.grid.width + column))
          candidates.push(...this.tokenInput(row, column, tokenAt));
      candidates.push(...start.filter(({ key }) => !this.kept.has(key)));
    }
    return candidates;
  }

  /** The input of a cell's token. The last token of the picture is not fed. */
  private tokenInput(
    row: number,
    column: number,
    tokenAt: (cell: RasterPosition) => CodebookIndex,
  ): FedInput[] {
    const { height, width } = this.schedule.grid;
    const cell = row * width + column;
    if (cell === height * width - 1) return [];
    const time = timeOf(this.schedule, row, column) + 1;
    const input = { ...this.layout.inputOf(cell, tokenAt(cell)), time };
    const startsRow = column === width - 1 && this.isStartedByEnd(row + 1);
    const predicts = column < width - 1 || startsRow ? cell + 1 : undefined;
    return [{ input, row, cell, predicts, key: cell }];
  }

  /**
   * The inputs that start a row: its terminators, or a stand-in for the end of the row above. Empty where that end itself
   * starts the row, because it is decided by then.
   */
  private rowStart(row: number, tokenAt: (cell: RasterPosition) => CodebookIndex): FedInput[] {
    const { grid } = this.schedule;
    const first = row * grid.width;
    const time = timeOf(this.schedule, row, 0);
    const above = { row: row - 1, cell: undefined };
    const fixed = this.layout.fixedBefore(first);
    if (fixed.length > 0)
      return fixed.map((input, i) => ({
        ...above,
        input: { ...input, time },
        predicts: i === fixed.length - 1 ? first : undefined,
        key: -1 - row - i * grid.height,
      }));
    if (this.isStartedByEnd(row)) return [];
    const token = standInFor(first - 1, this.decidedBefore(time, tokenAt), this.standIn);
    const until = timeOf(this.schedule, row - 1, grid.width - 1) + 1;
    return [
      {
        ...above,
        input: { ...this.layout.inputOf(first - 1, token), time, until },
        predicts: first,
        key: -1 - row,
      },
    ];
  }

  /** Whether the end of the row above is decided when a row starts, and no terminator stands between. */
  private isStartedByEnd(row: number): boolean {
    const { grid } = this.schedule;
    if (this.layout.fixedBefore(row * grid.width).length > 0) return false;
    return timeOf(this.schedule, row - 1, grid.width - 1) < timeOf(this.schedule, row, 0);
  }

  /** The tokens that the base schedule has decided before a time. */
  private decidedBefore(time: number, tokenAt: (cell: RasterPosition) => CodebookIndex): DecidedTokens {
    const { schedule } = this;
    const { width } = schedule.grid;
    return {
      shape: schedule.grid,
      isDecided: (cell) => timeOf(schedule, Math.floor(cell / width), cell % width) < time,
      token: tokenAt,
    };
  }
}
