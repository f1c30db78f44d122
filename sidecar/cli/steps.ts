import { Option, type Command } from 'commander';
import type { StepBounds } from '../decoding/decoder';
import {
  chooseDecoding,
  configureDecoder,
  DEFAULT_DECODER,
  describeDecoders,
  RASTER_ORDER,
} from '../decoding/decoder-table';
import { RasterLayout, type SequenceLayout } from '../decoding/sequence-layout';
import type { GridShape } from '../decoding/token-grid';
import type { DecoderDescription, DecoderSettings } from '../protocol';
import { addSettingOptions, flagOf, settingsFrom, type DecoderOptionValues } from './decoder-options';
import { gridShape } from './option-values';
import { asUsageError, UsageError } from './usage-error';

/** The options, and beside them one for each setting that changes the number of steps. */
interface StepsOptions {
  readonly grid: GridShape;
  readonly decoder: string;
  readonly terminators: boolean;
  readonly json: boolean;
}

/** Adds `zipar steps`: it prints the steps of a decoder, as the decoder itself counts them. */
export function addStepsCommand(zipar: Command): void {
  const decoders = countedDecoders();
  const command = zipar
    .command('steps')
    .description('count the steps of a decoder and of raster order')
    .requiredOption('--grid <HxW>', 'rows x columns of the token grid', gridShape)
    .addOption(
      new Option('--decoder <name>', 'order of decoding; the steps have bounds where rows may wait')
        .choices(decoders.map(({ name }) => name))
        .default(DEFAULT_DECODER),
    );
  addSettingOptions(command, decoders)
    .option('--terminators', 'each row ends with a terminator token (Emu3, Lumina-mGPT)', false)
    .option('--json', 'print one JSON object', false)
    .action((options: StepsOptions & DecoderOptionValues) => {
      const settings = settingsOf(options, decoders);
      const steps = stepsOf(options, settings);
      const rasterSteps = layoutOf(options).length;
      const line = options.json
        ? JSON.stringify(stepsReport(options, settings, steps, rasterSteps))
        : describeSteps(steps, rasterSteps);
      process.stdout.write(`${line}\n`);
    });
}

/** The decoders that are counted, with the settings that change the count. Raster order's count is always printed. */
function countedDecoders(): readonly DecoderDescription[] {
  return describeDecoders()
    .filter(({ name }) => name !== RASTER_ORDER)
    .map((decoder) => ({
      ...decoder,
      settings: decoder.settings.filter(({ changesSteps }) => changesSteps),
    }));
}

/** The layout of the grid. The number of the terminator token does not change the count. */
function layoutOf({ grid, terminators }: StepsOptions): SequenceLayout {
  return new RasterLayout(grid, terminators ? { after: 'each-row', token: 0 } : { after: 'no-row' });
}

/**
 * The settings of the decoder that change the count.
 * @throws UsageError when one is out of range, or is missing that only a model has a default for
 */
function settingsOf(
  options: StepsOptions & DecoderOptionValues,
  decoders: readonly DecoderDescription[],
): DecoderSettings {
  const given = settingsFrom(options, decoders);
  const changing = decoders.find(({ name }) => name === options.decoder)?.settings ?? [];
  const missing = changing.find(({ name, otherwise }) => otherwise === 'model-window' && !(name in given));
  if (missing) throw new UsageError(`required option '${flagOf(missing)} <n>' not specified`);
  try {
    const context = { grid: options.grid, modelWindow: options.grid.width };
    const { settings } = chooseDecoding(options.decoder, given, context);
    return Object.fromEntries(changing.map(({ name }) => [name, settings[name] ?? NaN]));
  } catch (error) {
    throw asUsageError(error);
  }
}

function stepsOf({ decoder, grid }: StepsOptions, given: DecoderSettings): StepBounds {
  const { settings } = chooseDecoding(decoder, given, { grid, modelWindow: grid.width });
  return configureDecoder({ decoder, settings }).steps(grid);
}

function stepsReport(
  { grid, decoder, terminators }: StepsOptions,
  settings: DecoderSettings,
  { least, most }: StepBounds,
  rasterSteps: number,
): object {
  return {
    grid: [grid.height, grid.width],
    decoder,
    ...settings,
    terminators,
    ...(least === most ? { steps: least } : { leastSteps: least, mostSteps: most }),
    rasterSteps,
  };
}

/** Describes a count, such as "76 of 256 steps (70.3 % fewer)", or "91 to 256 of 256 steps (64.5 % to 0.0 % fewer)". */
function describeSteps({ least, most }: StepBounds, rasterSteps: number): string {
  const counts = [...new Set([least, most])];
  const fewer = counts.map((steps) => `${((1 - steps / rasterSteps) * 100).toFixed(1)} %`);
  return `${counts.join(' to ')} of ${rasterSteps} steps (${fewer.join(' to ')} fewer)`;
}
