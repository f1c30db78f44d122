import type { CellEvent } from '../cell-event';
import { chooseCells } from '../choose-cells';
import type { DecodedStep, Decision, SeededSampling } from '../decoder';
import { DraftEvents } from '../draft-events';
import type { Forward } from '../forward';
import { tokenNoise } from '../noise';
import { decidedInRows, impossible, type PastSteps } from '../past-steps';
import { INPUTS_A_PASS } from '../resumed-forward';
import { cellsOf, type RowRange } from '../row-range';
import { TokenGrid, UNDECIDED, type CodebookIndex, type RasterPosition } from '../token-grid';
import type { FirstRow } from '../zipar/schedule';
import type { StandIn } from '../zipar/stand-in';
import { timeOf, type BaseScheduleOptions } from './base-schedule';
import { lastDrawOrLeft, type Drafter } from './drafts';
import { LookaheadFeed, type FedInput, type LookaheadInputs } from './lookahead-feed';
import { LookaheadFronts, type Reach } from './lookahead-fronts';
import type { ReachChooser } from './lookahead-pilot';

/** The options of decoding with a lookahead. */
export interface LookaheadOptions extends SeededSampling {
  /** The window of the plain decoder, 1..W. W, the width of the grid, means raster order. */
  readonly window: number;
  readonly firstRow: FirstRow;
  readonly standIn: StandIn;
  /** The cells that each step evaluates. If there is a `chooser`, these are the most cells. */
  readonly reach: Reach;
  /** Chooses the reach of each step. */
  readonly chooser?: ReachChooser;
  /** Makes the drafts; `lastDrawOrLeft` when absent. */
  readonly drafter?: Drafter;
}

/**
 * Makes the picture of a plain decoder (raster order or ZipAR with a fixed window), token for token, in fewer steps. A step
 * also evaluates cells that the plain decoder would decide later. For cells that are not decided yet, the step is fed *drafts*.
 * The token that is drawn for a cell confirms or corrects the cell's draft. The method is known as predictive sampling
 * (Wiggers & Hoogeboom, arXiv 2002.09928); docs/lookahead.md has the rule.
 *
 * A draw depends on the seed, the cell and the logits alone. So a cell is decided if it saw the same tokens as in the plain
 * decoder. Its drawn token is then also the same.
 *
 * The generator yields after each step, and ends when every cell is decided. A caller that asks for no more steps cancels the
 * run. In both cases the forward is released.
 * @param past steps of an earlier run, after which this one goes on. Its later tokens are the first drafts. So the steps that
 *   follow may be others than in one run. The tokens are the same.
 * @throws SamplingError when the logits are no distribution; PastStepsError
 */
export async function* decodeLookahead(
  forward: Forward,
  options: LookaheadOptions,
  past?: PastSteps,
): AsyncGenerator<DecodedStep, void, void> {
  try {
    const run = new LookaheadRun(forward, options);
    if (past) await run.recall(past);
    for (let step = 1 + (past?.steps ?? 0); !run.isComplete; step++) yield await run.next(step);
  } finally {
    forward.release?.();
  }
}

/**
 * The step after which a run with a lookahead goes on: always the last one.
 * @throws PastStepsError when a decided cell cannot have seen what the base schedule shows it
 */
export function lookaheadResumesAfter(past: PastSteps, schedule: BaseScheduleOptions): number {
  checkFinals(schedule, new LookaheadFronts(schedule, decidedInRows(past, schedule.grid)));
  return past.steps;
}

/** Checks that all that a final cell saw was final. @throws PastStepsError */
function checkFinals(schedule: BaseScheduleOptions, fronts: LookaheadFronts): void {
  const { height, width } = schedule.grid;
  let latest = Infinity;
  for (let row = 0; row < height; row++) {
    const count = fronts.finalsIn(row);
    if (count > 0 && timeOf(schedule, row, count - 1) > latest) throw impossible(row * width + count - 1);
    if (count < width) latest = Math.min(latest, fronts.frontTime(row));
  }
}

/** The state of a run: the decided cells, the drafts of the others, and the inputs whose keys and values the forward keeps. */
class LookaheadRun {
  private readonly schedule: BaseScheduleOptions;
  private readonly grid: TokenGrid;
  private readonly fronts: LookaheadFronts;
  private readonly feed: LookaheadFeed;
  private readonly drafter: Drafter;
  private leastSteps = 0;
  /** The newest draft of each cell; UNDECIDED for a cell without a draft. */
  private readonly drafts: Int32Array;
  /** The newest token that was drawn for each undecided cell; UNDECIDED for a cell that no step has evaluated. */
  private readonly drawn: Int32Array;
  private readonly draftEvents = new DraftEvents();

  constructor(
    private readonly forward: Forward,
    private readonly options: LookaheadOptions,
  ) {
    const { layout } = forward;
    this.schedule = { grid: layout.grid, window: options.window, firstRow: options.firstRow };
    this.grid = new TokenGrid(layout.grid);
    this.fronts = new LookaheadFronts(this.schedule);
    this.feed = new LookaheadFeed(this.schedule, layout, options.standIn);
    this.drafter = options.drafter ?? lastDrawOrLeft(layout.grid);
    this.drafts = this.grid.tokens.map(() => UNDECIDED);
    this.drawn = this.grid.tokens.map(() => UNDECIDED);
  }

  get isComplete(): boolean {
    return this.grid.isComplete;
  }

  /**
   * A lower bound for the steps of the whole run, after a step. An earlier bound still holds. So the bound is computed again
   * only every `BOUND_EVERY` steps.
   */
  private atLeast(step: number): number {
    if (this.isComplete) return step;
    const known = Math.max(this.leastSteps, step + 1);
    if (step % BOUND_EVERY !== 1) return known;
    return Math.max(known, step + this.fronts.leastStepsLeft(this.options.reach));
  }

  /** Takes over the final cells of earlier steps, and computes their keys and values in few passes. @throws PastStepsError */
  async recall(past: PastSteps): Promise<void> {
    const finals = decidedInRows(past, this.schedule.grid);
    checkFinals(this.schedule, new LookaheadFronts(this.schedule, finals));
    const open = (): number => finals.findIndex((count, row) => this.fronts.finalsIn(row) < count);
    while (open() !== -1) {
      const ranges = this.fronts
        .ranges({ cellsARow: this.schedule.grid.width, cells: INPUTS_A_PASS })
        .map(({ row, from, to }) => ({ row, from, to: Math.min(to, finals[row] ?? 0) }))
        .filter(({ from, to }) => from < to);
      await this.recallRanges(ranges, past.tokens);
    }
    if (past.later) this.drawn.set(past.later.tokens);
  }

  /** Takes over cells in one pass. Their tokens are known, so each is as good as a draft that is confirmed. */
  private async recallRanges(ranges: readonly RowRange[], tokens: Int32Array): Promise<void> {
    const cells = ranges.flatMap((range) => cellsOf(range, this.schedule.grid));
    for (const cell of cells) this.drafts[cell] = tokens[cell] ?? UNDECIDED;
    const isPrompt = this.fronts.finalsIn(0) === 0;
    const pass = isPrompt ? PROMPT : this.feed.inputsFor(ranges, this.fronts, (cell) => this.tokenAt(cell));
    const inputs = pass.fed.map(({ input }) => input);
    if (isPrompt) await this.forward.start();
    else await this.forward.step(inputs, [inputs.length - 1]);
    const fed = new Set(pass.fed.map(({ cell }) => cell));
    const known = cells.map((position) => ({ position, token: this.tokenAt(position), ...CERTAIN }));
    const trueUntil = this.trueUntil(ranges, fed, known);
    this.decide(known, fed, trueUntil);
    this.keepTrue(pass, trueUntil);
  }

  /** Makes a step. @param step its number, from 1 */
  async next(step: number): Promise<DecodedStep> {
    const { chooser } = this.options;
    const reach = chooser?.next(this.fronts) ?? this.options.reach;
    const ranges = this.fronts.ranges(reach);
    const plain = chooser && this.fronts.plainStep();
    const start = this.forward.costs?.now() ?? 0;
    const cells = ranges.flatMap((range) => cellsOf(range, this.schedule.grid));
    this.draftAll(cells);
    const pass = step === 1 ? PROMPT : this.feed.inputsFor(ranges, this.fronts, (cell) => this.tokenAt(cell));
    const inputs = pass.fed.map(({ input }) => input);
    const stepInputs = step === 1 ? undefined : { inputs, predicting: pass.predicting };
    const choices = await chooseCells(this.forward, stepInputs, {
      sampling: this.options,
      noise: cells.map((cell) => tokenNoise(this.options.seed, cell)),
    });
    const drawn = choices.flatMap((choice, i) => {
      const position = cells[i];
      return position === undefined ? [] : [{ position, ...choice }];
    });
    const fed = new Set(pass.fed.map(({ cell }) => cell));
    const trueUntil = this.trueUntil(ranges, fed, drawn);
    const { decisions, events } = this.decide(drawn, fed, trueUntil);
    this.keepTrue(pass, trueUntil);
    const ms = (this.forward.costs?.now() ?? 0) - start;
    if (plain) {
      const plainSteps = this.fronts.plainStep().time - plain.time;
      chooser.learn({ reach, plainCells: plain.cells, tokens: cells.length, plainSteps, ms });
    }
    this.leastSteps = this.atLeast(step);
    return { step, decisions, events, leastSteps: this.leastSteps, inputs };
  }

  /** Makes a draft for each cell that a step evaluates, in raster order. A draft may depend on the drafts before it. */
  private draftAll(cells: readonly RasterPosition[]): void {
    const tokenAt = (cell: RasterPosition): CodebookIndex | undefined => known(this.newestAt(cell));
    for (const cell of cells)
      this.drafts[cell] = this.drafter(cell, { drawn: known(this.drawn[cell] ?? UNDECIDED), tokenAt });
  }

  /** The token of a decided cell, or the draft of another cell; UNDECIDED if the cell has neither. */
  private newestAt(cell: RasterPosition): number {
    if (cell < 0) return UNDECIDED;
    return this.grid.isDecided(cell) ? this.grid.token(cell) : (this.drafts[cell] ?? UNDECIDED);
  }

  /** The token of a decided cell, or the draft of another cell. */
  private tokenAt(cell: RasterPosition): CodebookIndex {
    const token = this.newestAt(cell);
    if (token === UNDECIDED) throw new Error(`Cell ${cell} has neither a token nor a draft.`);
    return token;
  }

  /**
   * The limit of each row, a time in the schedule of the plain decoder. Up to this time, all tokens of this row and of the rows
   * above are now known to be those of the plain decoder. A cell with a later time may have seen a wrong draft.
   *
   * Each row contributes one time: that of its first cell whose draft was wrong or was not fed. If it has no such cell, it
   * contributes the time of its first cell that was not evaluated. The limit of a row is the least time of this row and all
   * rows above.
   */
  private trueUntil(
    ranges: readonly RowRange[],
    fed: FedCells,
    drawn: readonly Decision[],
  ): readonly number[] {
    const { height, width } = this.schedule.grid;
    const wrong = new Set(
      drawn.flatMap(({ position, token }) =>
        fed.has(position) && this.drafts[position] === token ? [] : [position],
      ),
    );
    const rangeOf = new Map(ranges.map((range) => [range.row, range]));
    let until = Infinity;
    return Array.from({ length: height }, (_, row) => {
      const range = rangeOf.get(row);
      const to = range?.to ?? this.fronts.finalsIn(row);
      const firstWrong = range && cellsOf(range, this.schedule.grid).find((cell) => wrong.has(cell));
      if (firstWrong !== undefined) until = Math.min(until, timeOf(this.schedule, row, firstWrong % width));
      else if (to < width) until = Math.min(until, timeOf(this.schedule, row, to));
      return until;
    });
  }

  /**
   * Decides the cells whose time is not later than the limit of their row: they saw only tokens of the plain decoder. For the
   * other cells, the drawn tokens are remembered for the next drafts.
   */
  private decide(
    drawn: readonly Decision[],
    fed: FedCells,
    trueUntil: readonly number[],
  ): { readonly decisions: readonly Decision[]; readonly events: readonly CellEvent[] } {
    const decisions: Decision[] = [];
    const events: CellEvent[] = [];
    for (const decision of drawn) {
      const { position, token } = decision;
      const row = this.rowOf(position);
      const isFinal = this.timeOfCell(position) <= (trueUntil[row] ?? 0);
      if (fed.has(position))
        events.push(...this.draftEvents.drafted(position, this.drafts[position] ?? UNDECIDED));
      if (isFinal) {
        this.grid.decide(position, token);
        this.fronts.finals[row] = this.fronts.finalsIn(row) + 1;
        decisions.push(decision);
        events.push(...this.draftEvents.decided(position, token));
      } else {
        this.drawn[position] = token;
      }
    }
    return { decisions, events };
  }

  /**
   * Keeps the keys and values of an input if the cell that it predicts is decided, and all tokens that it saw are decided. The
   * forward forgets the other inputs of the step, and stand-ins that no input sees any more.
   */
  private keepTrue(pass: LookaheadInputs, trueUntil: readonly number[]): void {
    const isTrue = ({ input, row, predicts }: FedInput): boolean =>
      (input.time ?? 0) <= (trueUntil[row] ?? 0) && (predicts === undefined || this.grid.isDecided(predicts));
    this.feed.keep(pass.fed.filter(isTrue));
    const untrue = pass.fed.flatMap((fed) => (isTrue(fed) ? [] : [fed.input]));
    this.forward.forget([...untrue, ...this.feed.takeReplaced(this.fronts)]);
  }

  private rowOf(cell: RasterPosition): number {
    return Math.floor(cell / this.schedule.grid.width);
  }

  private timeOfCell(cell: RasterPosition): number {
    return timeOf(this.schedule, this.rowOf(cell), cell % this.schedule.grid.width);
  }
}

/** The cells whose tokens or drafts a step is fed. Undefined stands for the other inputs: terminators and stand-ins. */
type FedCells = ReadonlySet<RasterPosition | undefined>;

/** The number of steps after which the lower bound is computed again. */
const BOUND_EVERY = 64;

function known(token: number): CodebookIndex | undefined {
  return token === UNDECIDED ? undefined : token;
}

/** How sure the choice of a token is that an earlier run decided. */
const CERTAIN = { probability: 1, entropy: 0, margin: Infinity };

/** The inputs of step 1: none besides the prompt. */
const PROMPT: LookaheadInputs = { fed: [], predicting: [] };
