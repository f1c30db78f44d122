import { Option, type Command } from 'commander';
import type { StepBounds } from '../decoding/decoder';
import {
  chooseDecoding,
  configureDecoder,
  DEFAULT_DECODER,
  describeDecoders,
  RASTER_ORDER,
} from '../decoding/decoder-table';
import { RasterLayout } from '../decoding/sequence-layout';
import type { GridShape } from '../decoding/token-grid';
import { enginePaths } from '../engine-paths';
import { ModelLibrary } from '../engine/model-library';
import { transformerOf } from '../model/model-folder';
import type { DecoderDescription, DecoderSettings } from '../protocol';
import { wishesOf } from './condition-options';
import { addSettingOptions, flagOf, settingsFrom, type DecoderOptionValues } from './decoder-options';
import { gridShape } from './option-values';
import { asUsageError, UsageError } from './usage-error';

/** The options, and beside them one for each setting that changes the number of steps. */
interface StepsOptions {
  readonly grid?: GridShape;
  readonly model?: string;
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
    .option('--grid <HxW>', "rows x columns of the token grid; the model's own when absent", gridShape)
    .option('--model <folder|file|name>', 'model whose grid and row terminators count')
    .addOption(
      new Option('--decoder <name>', 'order of decoding; the steps have bounds where rows may wait')
        .choices(decoders.map(({ name }) => name))
        .default(DEFAULT_DECODER),
    );
  addSettingOptions(command, decoders)
    .option('--terminators', 'each row ends with a terminator token (Emu3, Lumina-mGPT)', false)
    .option('--json', 'print one JSON object', false)
    .action(async (options: StepsOptions & DecoderOptionValues) => {
      try {
        const picture = await (options.model === undefined ? ofGrid(options) : ofModel(options));
        const { settings, steps } = countSteps(options, picture.grid, decoders);
        const line = options.json
          ? JSON.stringify(stepsReport(options.decoder, picture, settings, steps))
          : describeSteps(steps, picture);
        process.stdout.write(`${line}\n`);
      } catch (error) {
        throw asUsageError(error);
      }
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

/** The grid to count, and what the count is compared with. */
interface CountedPicture {
  readonly grid: GridShape;
  readonly terminators: boolean;
  readonly rasterSteps: number;
  /** Name of the model; undefined for a grid alone. */
  readonly model?: string;
  /** Steps of next-token decoding, which spends a step on each row terminator; undefined where that is raster order. */
  readonly nextTokenSteps?: number;
}

/** A grid alone, compared with next-token decoding. The number of the terminator token does not change the count. */
function ofGrid({ grid, terminators }: StepsOptions): CountedPicture {
  if (!grid) throw new UsageError('Give a grid (--grid HxW) or a model (--model FOLDER).');
  const layout = new RasterLayout(grid, terminators ? { after: 'each-row', token: 0 } : { after: 'no-row' });
  return { grid, terminators, rasterSteps: layout.length };
}

/** A model's own grid. Raster order feeds a row terminator together with the row's last token, so it costs no step. */
async function ofModel({ grid: asked, model: place }: StepsOptions): Promise<CountedPicture> {
  const model = await new ModelLibrary(enginePaths().models).find(place, wishesOf({ grid: asked }));
  const [height, width] = model.grid;
  const rasterSteps = height * width;
  const nextTokenSteps = transformerOf(model).layout.length;
  return {
    model: model.name,
    grid: { height, width },
    terminators: nextTokenSteps > rasterSteps,
    rasterSteps,
    ...(nextTokenSteps > rasterSteps && { nextTokenSteps }),
  };
}

/**
 * Counts the steps. Only the settings that change the count are returned.
 * @throws UsageError when a setting is missing that only a model has a default for; DecoderError when one is out of range
 */
function countSteps(
  options: StepsOptions & DecoderOptionValues,
  grid: GridShape,
  decoders: readonly DecoderDescription[],
): { readonly settings: DecoderSettings; readonly steps: StepBounds } {
  const given = settingsFrom(options, decoders);
  const changing = decoders.find(({ name }) => name === options.decoder)?.settings ?? [];
  const missing = changing.find(({ name, otherwise }) => otherwise === 'model-window' && !(name in given));
  if (missing) throw new UsageError(`required option '${flagOf(missing)} <n>' not specified`);
  const chosen = chooseDecoding(options.decoder, given, { grid, modelWindow: grid.width });
  return {
    settings: Object.fromEntries(changing.map(({ name }) => [name, chosen.settings[name] ?? NaN])),
    steps: configureDecoder(chosen).steps(grid),
  };
}

function stepsReport(
  decoder: string,
  { model, grid, terminators, rasterSteps, nextTokenSteps }: CountedPicture,
  settings: DecoderSettings,
  { least, most }: StepBounds,
): object {
  return {
    ...(model !== undefined && { model }),
    grid: [grid.height, grid.width],
    decoder,
    ...settings,
    terminators,
    ...(least === most ? { steps: least } : { leastSteps: least, mostSteps: most }),
    rasterSteps,
    ...(nextTokenSteps !== undefined && { nextTokenSteps }),
  };
}

/** Describes a count, such as "76 of 256 steps (70.3 % fewer)", or "91 to 256 of 256 steps (64.5 % to 0.0 % fewer)". */
function describeSteps({ least, most }: StepBounds, { rasterSteps, nextTokenSteps }: CountedPicture): string {
  const counts = [...new Set([least, most])];
  const fewer = counts.map((steps) => `${((1 - steps / rasterSteps) * 100).toFixed(1)} %`);
  const published =
    nextTokenSteps === undefined ? '' : `; next-token decoding with row terminators takes ${nextTokenSteps}`;
  return `${counts.join(' to ')} of ${rasterSteps} steps (${fewer.join(' to ')} fewer)${published}`;
}
