import { Option, type Command } from 'commander';
import { RasterLayout, type SequenceLayout } from '../decoding/sequence-layout';
import type { GridShape } from '../decoding/token-grid';
import type { StepBounds } from '../decoding/decoder';
import { countSteps, WindowError, type FirstRow } from '../decoding/zipar/schedule';
import type { DecoderName } from '../protocol';
import { gridShape, integer } from './option-values';
import { UsageError } from './usage-error';

interface StepsOptions {
  readonly grid: GridShape;
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
    .requiredOption('--grid <HxW>', 'rows x columns of the token grid', gridShape)
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
    .action((options: StepsOptions) => {
      const steps = stepsOf(options);
      const rasterSteps = layoutOf(options).length;
      const line = options.json
        ? JSON.stringify(stepsReport(options, steps, rasterSteps))
        : describeSteps(steps, rasterSteps);
      process.stdout.write(`${line}\n`);
    });
}

/** The layout of the grid. The number of the terminator token does not change the count. */
function layoutOf({ grid, terminators }: StepsOptions): SequenceLayout {
  return new RasterLayout(grid, terminators ? { after: 'each-row', token: 0 } : { after: 'no-row' });
}

function stepsOf({ grid, window, firstRow, decoder }: StepsOptions): StepBounds {
  try {
    const rowStart = decoder === 'zipar-adaptive' ? 'adaptive' : 'fixed';
    return countSteps({ grid, window, firstRow, rowStart });
  } catch (error) {
    if (error instanceof WindowError) throw new UsageError(error.message);
    throw error;
  }
}

function stepsReport(options: StepsOptions, { least, most }: StepBounds, rasterSteps: number): object {
  const { grid, decoder, window, firstRow, terminators } = options;
  return {
    grid: [grid.height, grid.width],
    decoder,
    window,
    firstRow,
    terminators,
    ...(least === most ? { steps: least } : { leastSteps: least, mostSteps: most }),
    rasterSteps,
  };
}

/**
 * Describes a count, such as "76 of 256 forward passes (70.3 % fewer)", or "91 to 256 of 256 forward passes (64.5 % to 0.0
 * % fewer)".
 */
function describeSteps({ least, most }: StepBounds, rasterSteps: number): string {
  const counts = [...new Set([least, most])];
  const fewer = counts.map((steps) => `${((1 - steps / rasterSteps) * 100).toFixed(1)} %`);
  return `${counts.join(' to ')} of ${rasterSteps} forward passes (${fewer.join(' to ')} fewer)`;
}
