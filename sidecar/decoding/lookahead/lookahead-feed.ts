import { cellsOf, type RowRange } from '../row-range';
import type { SequenceLayout } from '../sequence-layout';
import type { CodebookIndex, RasterPosition } from '../token-grid';
import { sees, type TokenInput } from '../token-input';
import { standInFor, type DecidedTokens, type StandIn } from '../zipar/stand-in';
import { timeOf, type BaseScheduleOptions } from './base-schedule';
import type { LookaheadFronts } from './lookahead-fronts';

/**
 * The key of an input. For the token of a cell, it is the raster position of the cell. For an input that starts a row, it is a
 * negative number that depends on the row.
 */
type InputKey = number;

/** An input of a step. */
export interface FedInput {
  readonly input: TokenInput;
  /** The row in which its position is. The input sees this row and the rows above. */
  readonly row: number;
  /** The cell of its token; undefined for a stand-in and for a row terminator. */
  readonly cell: RasterPosition | undefined;
  /** The cell that it predicts, also when a step does not need the prediction; undefined if it predicts no cell. */
  readonly predicts: RasterPosition | undefined;
  /** The key is the same in all steps that are fed this input. The object is another one in each step. */
  readonly key: InputKey;
}

/** The inputs of a step that evaluates some cells. */
export interface LookaheadInputs {
  readonly fed: readonly FedInput[];
  /** Indices into `fed`, one for each cell that is evaluated, in the order of the ranges. */
  readonly predicting: readonly number[];
}

/**
 * Computes the inputs of a step. They are the inputs of the plain decoder, each with its time there. So a cell sees the same
 * inputs as in the plain decoder.
 *
 * The keys and values of an input are kept when its own token and all tokens that it saw are decided. Each other input that an
 * evaluated cell sees is fed again in each step, also if no cell is predicted from it.
 */
export class LookaheadFeed {
  /** The keys of the inputs whose keys and values are kept. */
  private readonly kept = new Set<InputKey>();
  /** The stand-ins among the kept inputs. */
  private standIns: readonly FedInput[] = [];
  /** The first row whose last token is not kept. */
  private firstOpenRow = 0;

  constructor(
    private readonly schedule: BaseScheduleOptions,
    private readonly layout: SequenceLayout,
    private readonly standIn: StandIn,
  ) {}

  /**
   * The inputs of a step that evaluates some cells.
   * @param tokenAt the token of a decided cell, or the draft of another cell
   */
  inputsFor(
    ranges: readonly RowRange[],
    fronts: LookaheadFronts,
    tokenAt: (cell: RasterPosition) => CodebookIndex,
  ): LookaheadInputs {
    const evaluated = new Set(ranges.flatMap((range) => cellsOf(range, this.schedule.grid)));
    const candidates = this.candidates(ranges, fronts, tokenAt);
    const fed: FedInput[] = [];
    // An input is seen only from its own position and from later positions. So the loop goes from the last position to the
    // first.
    for (const candidate of candidates.reverse()) {
      const isAsked = candidate.predicts !== undefined && evaluated.has(candidate.predicts);
      if (isAsked || fed.some(({ input }) => sees(input, candidate.input))) fed.push(candidate);
    }
    fed.reverse();
    const place = new Map(fed.map(({ predicts }, i) => [predicts, i]));
    return { fed, predicting: [...evaluated].map((cell) => place.get(cell) ?? NaN) };
  }

  /** Records the inputs of a step that are kept. The caller lets the forward forget the other inputs of the step. */
  keep(inputs: readonly FedInput[]): void {
    const { width } = this.schedule.grid;
    for (const fed of inputs) {
      this.kept.add(fed.key);
      if (fed.input.until !== undefined) this.standIns = [...this.standIns, fed];
    }
    while (this.kept.has((this.firstOpenRow + 1) * width - 1)) this.firstOpenRow++;
  }

  /**
   * Returns the kept stand-ins that no later input sees, and removes them here. The times of all later inputs are after the
   * times of these stand-ins.
   */
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

  /** The inputs that are not kept and that an evaluated cell may see, in the order of their positions. */
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
      // The inputs that start the next row come after the inputs of this row. A stand-in has the position of this row's end.
      if (row < lastRow && fronts.finalsIn(row + 1) === 0 && endOf.has(row + 1))
        start.push(...this.rowStart(row + 1, tokenAt));
      for (let column = Math.max(0, final - 1); column < end; column++)
        if (!this.kept.has(row * this.schedule.grid.width + column))
          candidates.push(...this.tokenInput(row, column, tokenAt));
      candidates.push(...start.filter(({ key }) => !this.kept.has(key)));
    }
    return candidates;
  }

  /** The input with a cell's token. There is none for the last cell of the picture, because no cell follows. */
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
   * The inputs that start a row: the terminators before it, or a stand-in for the last token of the row above. There is none if
   * that last token itself starts the row, because it is decided before the row starts.
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

  /** Whether the last token of the row above starts the row: it is decided before, and no terminator is between them. */
  private isStartedByEnd(row: number): boolean {
    const { grid } = this.schedule;
    if (this.layout.fixedBefore(row * grid.width).length > 0) return false;
    return timeOf(this.schedule, row - 1, grid.width - 1) < timeOf(this.schedule, row, 0);
  }

  /** The tokens that the plain decoder has decided before a time. */
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
