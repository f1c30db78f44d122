import { Option, type Command } from 'commander';
import type { GridShape } from '../decoding/token-grid';
import { countRasterSteps, countSteps, WindowError, type FirstRow } from '../decoding/zipar-schedule';
import { gridShape, integer } from './option-values';
import { UsageError } from './usage-error';

interface StepsOptions {
  readonly grid: GridShape;
  readonly window: number;
  readonly terminators: boolean;
  readonly firstRow: FirstRow;
  readonly json: boolean;
}

/** `zipar steps`: forward passes of a schedule, counted by the scheduler itself. */
export function addStepsCommand(zipar: Command): void {
  zipar
    .command('steps')
    .description('count the forward passes of a schedule and of raster order')
    .requiredOption('--grid <HxW>', 'rows x columns of the token grid', gridShape)
    .requiredOption('--window <n>', 'tokens that a row must be ahead of the next, 1..W', integer(1, 9999))
    .option('--terminators', 'each row ends with a terminator token (Emu3, Lumina-mGPT)', false)
    .addOption(
      new Option('--first-row <how>', 'how row 1 begins')
        .choices(['windowed', 'sequential'])
        .default('windowed'),
    )
    .option('--json', 'print one JSON object', false)
    .action((options: StepsOptions) => {
      const { grid, window, firstRow, terminators } = options;
      const steps = stepsOf({ grid, window, firstRow });
      const rasterSteps = countRasterSteps(grid, terminators);
      const saved = ((1 - steps / rasterSteps) * 100).toFixed(1);
      const line = options.json
        ? JSON.stringify({
            grid: [grid.height, grid.width],
            window,
            firstRow,
            terminators,
            steps,
            rasterSteps,
          })
        : `${steps} of ${rasterSteps} forward passes (${saved} % fewer)`;
      process.stdout.write(`${line}\n`);
    });
}

function stepsOf(schedule: Parameters<typeof countSteps>[0]): number {
  try {
    return countSteps(schedule);
  } catch (error) {
    if (error instanceof WindowError) throw new UsageError(error.message);
    throw error;
  }
}
