import { AdaptiveStart, type StartOutcome } from './adaptive-start';
import type { DecodedStep, SeededSampling } from '../decoder';
import { chooseCells } from '../choose-cells';
import type { Forward } from '../forward';
import { tokenNoise, type TokenNoise } from '../noise';
import { RowFeed } from './row-feed';
import { chooseToken } from '../sampling';
import type { StandIn } from './stand-in';
import type { ReplacingInputs } from '../step-inputs';
import { TokenGrid, type RasterPosition } from '../token-grid';
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
 * @throws WindowError when the window does not suit the grid; SamplingError when the logits are no distribution
 */
export async function* decodeZipar(
  forward: Forward,
  options: ZiparOptions,
): AsyncGenerator<DecodedStep, void, void> {
  try {
    yield* decodeSteps(forward, options);
  } finally {
    forward.release?.();
  }
}

async function* decodeSteps(
  forward: Forward,
  options: ZiparOptions,
): AsyncGenerator<DecodedStep, void, void> {
  const { layout } = forward;
  const grid = new TokenGrid(layout.grid);
  const fronts = new RowFronts({ grid: layout.grid, window: options.window, firstRow: options.firstRow });
  const feed = new RowFeed(grid, options.standIn, layout);
  const chooser = new CellChooser(forward, grid, options);
  for (let step = 1; !fronts.isComplete; step++) {
    const cells = fronts.due();
    const pass = step === 1 ? PROMPT : feed.inputsFor(cells);
    forward.forget(pass.replaced);
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
  ) {
    if (options.rowStart === 'adaptive') this.rowStarts = new AdaptiveStart(options, options.seed);
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
