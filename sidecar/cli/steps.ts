import { Option, type Command } from 'commander';
import { RasterLayout } from '../decoding/sequence-layout';
import type { GridShape } from '../decoding/token-grid';
import type { StepBounds } from '../decoding/decoder';
import { countSteps, WindowError, type FirstRow } from '../decoding/zipar/schedule';
import { enginePaths } from '../engine-paths';
import { ModelLibrary } from '../engine/model-library';
import { transformerOf } from '../model/model-folder';
import type { DecoderName } from '../protocol';
import { wishesOf } from './condition-options';
import { gridShape, integer } from './option-values';
import { asUsageError, UsageError } from './usage-error';

interface StepsOptions {
  readonly grid?: GridShape;
  readonly model?: string;
  readonly decoder: Exclude<DecoderName, 'raster'>;
  readonly window: number;
  readonly terminators: boolean;
  readonly firstRow: FirstRow;
  readonly json: boolean;
}

/** Adds `zipar steps`: it prints the forward passes of a schedule, counted by the scheduler itself. */
export function addStepsCommand(zipar: Command): void {
  zipar
    .command('steps')
    .description('count the forward passes of a schedule and of raster order')
    .option('--grid <HxW>', "rows x columns of the token grid; the model's own when absent", gridShape)
    .option('--model <folder|file|name>', 'model whose grid and row terminators count')
    .requiredOption('--window <n>', 'tokens that a row must be ahead of the next, 1..W', integer(1, 9999))
    .addOption(
      new Option(
        '--decoder <name>',
        'with zipar-adaptive the window is the least, and the passes have bounds',
      )
        .choices(['zipar', 'zipar-adaptive'])
        .default('zipar'),
    )
    .option('--terminators', 'each row ends with a terminator token (Emu3, Lumina-mGPT)', false)
    .addOption(
      new Option('--first-row <how>', 'how row 1 begins')
        .choices(['windowed', 'sequential'])
        .default('windowed'),
    )
    .option('--json', 'print one JSON object', false)
    .action(steps);
}

async function steps(options: StepsOptions): Promise<void> {
  try {
    const counted = options.model === undefined ? ofGrid(options) : await ofModel(options);
    const bounds = boundsOf(counted);
    const line = options.json ? JSON.stringify(stepsReport(counted, bounds)) : describeSteps(bounds, counted);
    process.stdout.write(`${line}\n`);
  } catch (error) {
    throw asUsageError(error);
  }
}

/** The schedule to count, and what it is compared with. */
interface CountedSchedule extends Pick<StepsOptions, 'decoder' | 'window' | 'firstRow' | 'terminators'> {
  readonly grid: GridShape;
  /** Name of the model; undefined for a grid alone. */
  readonly model?: string;
  readonly rasterSteps: number;
  /** Passes of next-token decoding, which spends a pass on each row terminator; undefined where that is raster order. */
  readonly nextTokenSteps?: number;
}

/** A grid alone, compared with next-token decoding. The number of the terminator token does not change the count. */
function ofGrid({ grid, ...options }: StepsOptions): CountedSchedule {
  if (!grid) throw new UsageError('Give a grid (--grid HxW) or a model (--model FOLDER).');
  const terminators = options.terminators ? ({ after: 'each-row', token: 0 } as const) : undefined;
  return { ...options, grid, rasterSteps: new RasterLayout(grid, terminators).length };
}

/** A model's own grid. Raster order feeds a row terminator together with the row's last token, so it costs no pass. */
async function ofModel({ grid: asked, model: place, ...options }: StepsOptions): Promise<CountedSchedule> {
  const model = await new ModelLibrary(enginePaths().models).find(place, wishesOf({ grid: asked }));
  const [height, width] = model.grid;
  const rasterSteps = height * width;
  const nextTokenSteps = transformerOf(model).layout.length;
  return {
    ...options,
    model: model.name,
    grid: { height, width },
    terminators: nextTokenSteps > rasterSteps,
    rasterSteps,
    ...(nextTokenSteps > rasterSteps && { nextTokenSteps }),
  };
}

function boundsOf({ grid, window, firstRow, decoder }: CountedSchedule): StepBounds {
  try {
    const rowStart = decoder === 'zipar-adaptive' ? 'adaptive' : 'fixed';
    return countSteps({ grid, window, firstRow, rowStart });
  } catch (error) {
    if (error instanceof WindowError) throw new UsageError(error.message);
    throw error;
  }
}

function stepsReport(counted: CountedSchedule, { least, most }: StepBounds): object {
  const { model, grid, decoder, window, firstRow, terminators, rasterSteps, nextTokenSteps } = counted;
  return {
    ...(model !== undefined && { model }),
    grid: [grid.height, grid.width],
    decoder,
    window,
    firstRow,
    terminators,
    ...(least === most ? { steps: least } : { leastSteps: least, mostSteps: most }),
    rasterSteps,
    ...(nextTokenSteps !== undefined && { nextTokenSteps }),
  };
}

/**
 * Describes a count, such as "76 of 256 forward passes (70.3 % fewer)", or "91 to 256 of 256 forward passes (64.5 % to 0.0
 * % fewer)".
 */
function describeSteps(
  { least, most }: StepBounds,
  { rasterSteps, nextTokenSteps }: CountedSchedule,
): string {
  const counts = [...new Set([least, most])];
  const fewer = counts.map((steps) => `${((1 - steps / rasterSteps) * 100).toFixed(1)} %`);
  const published =
    nextTokenSteps === undefined ? '' : `; next-token decoding with row terminators takes ${nextTokenSteps}`;
  return `${counts.join(' to ')} of ${rasterSteps} forward passes (${fewer.join(' to ')} fewer)${published}`;
}
