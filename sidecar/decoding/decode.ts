import type { Forward, TokenInput } from './forward';
import { uniformAt } from './noise';
import { chooseToken, type Choice, type SamplingOptions } from './sampling';
import { standInFor, type StandIn } from './stand-in';
import { TokenGrid, type RasterPosition } from './token-grid';
import { ziparSchedule, type FirstRow } from './zipar-schedule';

/** Everything that decides, with the model and its prompt, what a run yields. */
export interface DecodeOptions extends SamplingOptions {
  /** 1..W; W is raster order. */
  readonly window: number;
  readonly firstRow: FirstRow;
  readonly standIn: StandIn;
  /** Integer 0..2^32-1. */
  readonly seed: number;
}

/** A token decided in a step. */
export interface Decision extends Choice {
  readonly position: RasterPosition;
}

/** What one forward pass brought. */
export interface DecodedStep {
  /** 1-based; step 1 is the prompt's pass. */
  readonly step: number;
  /** In the order of rows, at least one. */
  readonly decisions: readonly Decision[];
  /** Tokens the pass was fed, stand-ins and their replacements included; 0 for the prompt's. */
  readonly inputs: readonly TokenInput[];
}

/**
 * Decodes a picture with ZipAR, yielding after each forward pass. Ends when every cell is decided; whoever stops
 * asking cancels the run.
 * @throws WindowError, SamplingError
 */
export async function* decode(
  forward: Forward,
  options: DecodeOptions,
): AsyncGenerator<DecodedStep, void, void> {
  const grid = new TokenGrid(forward.grid);
  const feed = new RowFeed(grid, options.standIn);
  let step = 0;
  for (const cells of ziparSchedule({
    grid: forward.grid,
    window: options.window,
    firstRow: options.firstRow,
  })) {
    step++;
    const { inputs, predicting } = step === 1 ? { inputs: [], predicting: [] } : feed.inputsFor(cells);
    const logits = step === 1 ? [await forward.start()] : await forward.step(inputs, predicting);
    const decisions = cells.map((position, i): Decision => {
      const row = logits[i];
      if (!row)
        throw new Error(`The model returned ${logits.length} rows of logits for ${cells.length} cells.`);
      return { position, ...chooseToken(row, options, uniformAt(options.seed, position)) };
    });
    for (const { position, token } of decisions) grid.decide(position, token);
    yield { step, decisions, inputs };
  }
}

/** Knows what has to be fed to decide a cell, and which stand-ins are still to be replaced. */
class RowFeed {
  /** Row ends that were fed as stand-ins and whose real token is not fed yet. */
  private readonly standIns = new Set<RasterPosition>();

  constructor(
    private readonly grid: TokenGrid,
    private readonly kind: StandIn,
  ) {}

  /** To get a cell, the token before it in raster order is fed; and each row end that is now known replaces its stand-in. */
  inputsFor(cells: readonly RasterPosition[]): { inputs: TokenInput[]; predicting: number[] } {
    const inputs: TokenInput[] = [];
    for (const position of this.standIns) {
      if (!this.grid.isDecided(position)) continue;
      inputs.push({ position, token: this.grid.token(position) });
      this.standIns.delete(position);
    }
    const predicting = cells.map((cell) => inputs.push(this.inputBefore(cell - 1)) - 1);
    return { inputs, predicting };
  }

  private inputBefore(position: RasterPosition): TokenInput {
    if (this.grid.isDecided(position)) return { position, token: this.grid.token(position) };
    this.standIns.add(position);
    return { position, token: standInFor(position, this.grid, this.kind) };
  }
}
