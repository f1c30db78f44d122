import { AdaptiveStart, type StartOutcome, type WaitingStart } from './adaptive-start';
import type { DecodedStep, SeededSampling } from '../decoder';
import { chooseCells } from '../choose-cells';
import type { Forward } from '../forward';
import { tokenNoise, type TokenNoise } from '../noise';
import { decidedInRows, impossible, oneOfEachRow, type PastSteps } from '../past-steps';
import { ResumedForward } from '../resumed-forward';
import { RowFeed } from './row-feed';
import { chooseToken } from '../sampling';
import type { StandIn } from './stand-in';
import type { ReplacingInputs } from '../step-inputs';
import { TokenGrid, type GridShape, type RasterPosition } from '../token-grid';
import { RowFronts, type FirstRow, type RowStart } from './schedule';

/** The options of decoding with ZipAR. */
export interface ZiparOptions extends SeededSampling {
  /** The window, 1..W; W is raster order. With adaptive row starts, it is the least window. */
  readonly window: number;
  readonly firstRow: FirstRow;
  readonly rowStart: RowStart;
  readonly standIn: StandIn;
}

/**
 * Decodes a picture with ZipAR and yields after each step. The generator ends when every cell is decided. A caller that asks
 * for no more steps cancels the run. In both cases the forward is released.
 * @param past steps of an earlier run, after which this one goes on; {@link ziparResumesAfter} says after which it can
 * @throws WindowError when the window does not suit the grid; SamplingError when the logits are no distribution; PastStepsError
 */
export async function* decodeZipar(
  forward: Forward,
  options: ZiparOptions,
  past?: PastSteps,
): AsyncGenerator<DecodedStep, void, void> {
  try {
    yield* decodeSteps(forward, options, past);
  } finally {
    forward.release?.();
  }
}

/**
 * The step after which a run can go on: the last one, or the last one before a candidate that still waits was drawn. The past
 * tells that candidate only where it tells how the earlier run went on.
 * @returns 0 when that is the beginning
 * @throws PastStepsError
 */
export function ziparResumesAfter(
  past: PastSteps,
  grid: GridShape,
  options: Pick<ZiparOptions, 'window' | 'firstRow' | 'rowStart'>,
): number {
  if (past.isForeign === true) return past.steps;
  const fronts = new RowFronts({ grid, window: options.window, firstRow: options.firstRow });
  let whole = 0;
  for (let step = 1; step <= past.steps; step++) {
    const { open } = advancePast(fronts, past, step, { ...options, width: grid.width });
    if (open === undefined || waitingIn(past, open, step)) whole = step;
  }
  return whole;
}

/** What a run knows between two steps. */
interface RunState {
  readonly grid: TokenGrid;
  readonly fronts: RowFronts;
  readonly feed: RowFeed;
}

async function* decodeSteps(
  forward: Forward,
  options: ZiparOptions,
  past: PastSteps | undefined,
): AsyncGenerator<DecodedStep, void, void> {
  const { layout } = forward;
  const grid = new TokenGrid(layout.grid);
  const fronts = new RowFronts({ grid: layout.grid, window: options.window, firstRow: options.firstRow });
  const feed = new RowFeed(grid, options.standIn, layout);
  const { model, waiting } = past
    ? await resumed(forward, { grid, fronts, feed }, past, options)
    : { model: forward };
  const chooser = new CellChooser(model, grid, options, waiting);
  for (let step = 1 + (past?.steps ?? 0); !fronts.isComplete; step++) {
    const cells = fronts.due();
    const pass = step === 1 ? PROMPT : feed.inputsFor(cells);
    model.forget(pass.replaced);
    const outcomes = await chooser.chooseAll(cells, pass);
    const decisions = outcomes.flatMap(({ position, choice }) => (choice ? [{ position, ...choice }] : []));
    for (const { position, token } of decisions) grid.decide(position, token);
    fronts.advance(decisions.map(({ position }) => position));
    yield {
      step,
      decisions,
      events: outcomes.flatMap(({ judgement }) =>
        judgement ? [{ kind: 'judged' as const, ...judgement }] : [],
      ),
      leastSteps: step + fronts.leastStepsLeft(options.rowStart),
      inputs: pass.inputs,
    };
  }
}

/** The model after past steps. */
interface Resumed {
  readonly model: Forward;
  /** The candidate that waits; undefined when none does. */
  readonly waiting?: WaitingStart | undefined;
}

/** Takes the past steps again, with their tokens instead of the model's, and brings the model up to them. */
async function resumed(
  forward: Forward,
  { grid, fronts, feed }: RunState,
  past: PastSteps,
  options: ZiparOptions,
): Promise<Resumed> {
  decidedInRows(past, grid.shape);
  const model = new ResumedForward(forward);
  if (past.isForeign === true) {
    for (const cells of oneOfEachRow(past, grid.shape)) {
      const pass = cells.includes(0) ? PROMPT : feed.inputsFor(cells);
      model.recall(pass.inputs, pass.replaced);
      for (const cell of cells) grid.decide(cell, past.tokens[cell] ?? NaN);
      fronts.advance(cells);
    }
    await model.catchUp();
    return { model };
  }
  let newest: { readonly pass: ReplacingInputs; readonly due: readonly RasterPosition[] } | undefined;
  let open: RasterPosition | undefined;
  for (let step = 1; step <= past.steps; step++) {
    const due = fronts.due();
    const pass = step === 1 ? PROMPT : feed.inputsFor(due);
    newest = { pass, due };
    model.recall(pass.inputs, pass.replaced);
    const advanced = advancePast(fronts, past, step, { ...options, width: grid.shape.width });
    for (const cell of advanced.decided) grid.decide(cell, past.tokens[cell] ?? NaN);
    ({ open } = advanced);
  }
  const untold = past.tokens.findIndex((token, cell) => token >= 0 && !grid.isDecided(cell));
  if (untold !== -1) throw impossible(untold);
  if (open === undefined || !newest) {
    await model.catchUp();
    return { model };
  }
  const waiting = waitingIn(past, open, past.steps);
  const asked = newest.pass.inputs[newest.pass.predicting[newest.due.indexOf(open)] ?? NaN];
  const logits = await model.catchUp(asked);
  if (!waiting || !logits) throw impossible(open);
  return { model, waiting: { ...waiting, logits } };
}

/** The candidate with which a row start waited after a step; undefined when the past does not tell it. */
function waitingIn(
  { later }: PastSteps,
  cell: RasterPosition,
  step: number,
): Omit<WaitingStart, 'logits'> | undefined {
  const judged = later?.events.filter((event) => event.kind === 'judged' && event.position === cell) ?? [];
  const next = judged.find((event) => event.step === step + 1);
  return next && { token: next.token, judgements: judged.filter((event) => event.step <= step).length };
}

/**
 * Advances the fronts by a past step.
 * @returns the cells that it decided, and the row start that was due and waits
 * @throws PastStepsError when a cell that was due stayed open, and it is no row start that may wait
 */
function advancePast(
  fronts: RowFronts,
  { stepOf }: PastSteps,
  step: number,
  { rowStart, width }: { readonly rowStart: RowStart; readonly width: number },
): { readonly decided: readonly RasterPosition[]; readonly open: RasterPosition | undefined } {
  const due = fronts.due();
  const decided = due.filter((cell) => stepOf[cell] === step);
  const open = due.find((cell) => stepOf[cell] !== step);
  if (open !== undefined && (rowStart === 'fixed' || open % width !== 0)) throw impossible(open);
  if (due.length === 0) throw impossible(0);
  fronts.advance(decided);
  return { decided, open };
}

/** The inputs of step 1: none besides the prompt. The step predicts the first cell. */
const PROMPT: ReplacingInputs = { inputs: [], predicting: [], replaced: [] };

/** The result of a step for a cell that was due. */
interface CellOutcome extends StartOutcome {
  readonly position: RasterPosition;
}

/** Chooses the tokens of a step. The caller puts them into the grid when all are chosen. */
class CellChooser {
  private readonly rowStarts: AdaptiveStart | undefined;

  constructor(
    private readonly forward: Forward,
    private readonly grid: TokenGrid,
    private readonly options: ZiparOptions,
    waiting: WaitingStart | undefined,
  ) {
    if (options.rowStart === 'adaptive') this.rowStarts = new AdaptiveStart(options, options.seed, waiting);
  }

  /** Computes the step and chooses its tokens. Only a step with a row start needs the complete logits on the host. */
  async chooseAll(cells: readonly RasterPosition[], pass: ReplacingInputs): Promise<readonly CellOutcome[]> {
    const isWeighing = this.rowStarts !== undefined && cells.some((cell) => this.isRowStart(cell));
    if (isWeighing) return this.weighAll(cells, pass);
    const choices = await chooseCells(this.forward, pass === PROMPT ? undefined : pass, {
      sampling: this.options,
      noise: cells.map((cell) => this.noiseOf(cell)),
    });
    return cells.map((position, i) => ({ position, choice: choices[i], judgement: undefined }));
  }

  /** Computes the step, and chooses or judges each token from its logits. */
  private async weighAll(
    cells: readonly RasterPosition[],
    pass: ReplacingInputs,
  ): Promise<readonly CellOutcome[]> {
    const logits =
      pass === PROMPT ? [await this.forward.start()] : await this.forward.step(pass.inputs, pass.predicting);
    return cells.map((position, i) => {
      const row = logits[i];
      if (!row)
        throw new Error(`The model returned ${logits.length} rows of logits for ${cells.length} cells.`);
      return { position, ...this.weigh(position, row) };
    });
  }

  private weigh(position: RasterPosition, logits: Float32Array): StartOutcome {
    if (this.rowStarts && this.isRowStart(position))
      return this.rowStarts.weigh(position, logits, this.grid.isDecided(position - 1));
    const choice = chooseToken(logits, this.options, this.noiseOf(position));
    return { choice, judgement: undefined };
  }

  /** Whether the cell is the first of its row, but not the first of the picture. */
  private isRowStart(position: RasterPosition): boolean {
    return position > 0 && position % this.grid.shape.width === 0;
  }

  private noiseOf(position: RasterPosition): TokenNoise {
    return tokenNoise(this.options.seed, position);
  }
}
