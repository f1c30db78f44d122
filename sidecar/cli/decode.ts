import type { Command } from 'commander';
import type { GridShape } from '../decoding/token-grid';
import { enginePaths } from '../engine-paths';
import type { ExecutionRequest } from '../engine/execution-choice';
import { toImage } from '../engine/loaded-model';
import { ModelLibrary } from '../engine/model-library';
import { writeWholeFile } from '../files/write-whole-file';
import { encodePng } from '../image/png';
import { imageDecoderOf, type ModelFolder } from '../model/model-folder';
import { writeSafetensors } from '../model/weights/write-safetensors';
import { wishesOf } from './condition-options';
import { gridShape, providerFailureOption, providerOption } from './option-values';
import { checkOutputFile, writeNamed } from './output-file';
import { checkTokens, readTokensFile } from './tokens-file';
import { asUsageError, UsageError } from './usage-error';
import { withExecution } from './with-execution';

interface DecodeOptions extends ExecutionRequest {
  readonly model?: string;
  readonly tokens: string;
  readonly grid?: GridShape;
  readonly imageDecoder?: string;
  readonly out?: string;
  readonly raw?: string;
}

/** Adds `zipar decode`: it runs the image decoder alone, from tokens to a picture. */
export function addDecodeCommand(zipar: Command): void {
  zipar
    .command('decode')
    .description('turn tokens into a picture')
    .option('--model <folder|file|name>', 'model folder, weight file, or name of a model that ships')
    .requiredOption(
      '--tokens <file.json>',
      'a list of tokens, or an object with "tokens"; - reads standard input',
    )
    .option('--grid <HxW>', "rows x columns of tokens, where they are not the model's", gridShape)
    .option('--image-decoder <folder>', 'image decoder, for models whose image decoder is published apart')
    .option('--out <file.png>', 'where the picture goes')
    .option('--raw <file.safetensors>', 'where "image" [3, height, width] goes, float32 and nominally -1..1')
    .addOption(providerOption())
    .addOption(providerFailureOption())
    .action(decode);
}

async function decode(options: DecodeOptions): Promise<void> {
  const { out, raw } = options;
  try {
    if (out === undefined && raw === undefined)
      throw new UsageError('Say where the picture goes: --out FILE.png, --raw FILE.safetensors, or both.');
    if (out !== undefined) await checkOutputFile('--out', out, '.png');
    if (raw !== undefined) await checkOutputFile('--raw', raw, '.safetensors');
    const given = await readTokensFile(options.tokens);
    const model = await findModel(options, options.grid ?? given.grid);
    const [height, width] = model.grid;
    const tokens = checkTokens(given, { height, width }, imageDecoderOf(model).codes);
    for (const notice of given.notices) process.stderr.write(`${notice}\n`);
    const { result: pixels } = await withExecution(model, options, (loaded) => loaded.decodePixels(tokens));
    const written: string[] = [];
    if (out !== undefined) {
      const png = encodePng(toImage(pixels, imageDecoderOf(model)).rgb, pixels.width, pixels.height);
      written.push(await writeNamed(out, (file) => writeWholeFile(file, [png])));
    }
    if (raw !== undefined) {
      const shape = [3, pixels.height, pixels.width];
      const image = { name: 'image', shape, data: [pixels.planes] };
      written.push(await writeNamed(raw, (file) => writeSafetensors(file, [image])));
    }
    process.stdout.write(written.map((file) => `${file}\n`).join(''));
  } catch (error) {
    throw asUsageError(error);
  }
}

/** Finds the model. An image decoder consists of convolutions, so it takes any grid, whatever grid the model beside it has. */
function findModel(
  { model, imageDecoder }: DecodeOptions,
  grid: GridShape | undefined,
): Promise<ModelFolder> {
  return new ModelLibrary(enginePaths().models).find(model, wishesOf({ grid, imageDecoder }));
}
