import path from 'node:path';
import type { Command } from 'commander';
import type { GridShape } from '../decoding/token-grid';
import { cpuThreads } from '../engine/cpu-threads';
import { LoadedModel } from '../engine/loaded-model';
import { ModelLibrary } from '../engine/model-library';
import { readStartPicture } from '../engine/start-picture';
import { enginePaths } from '../engine-paths';
import { writeWholeFile } from '../files/write-whole-file';
import { weightBytes } from '../model/model-folder';
import { wishesOf } from './condition-options';
import { gridShape } from './option-values';
import { checkOutputFile, writeNamed } from './output-file';
import { asUsageError } from './usage-error';
import { inEnglish } from '../protocol/sentence';

interface EncodeOptions {
  readonly model?: string;
  readonly grid?: GridShape;
  readonly imageDecoder?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `zipar encode`: it runs the image encoder alone, from a picture to tokens. */
export function addEncodeCommand(zipar: Command): void {
  zipar
    .command('encode')
    .description('turn a picture into tokens')
    .argument('<file>', 'a PNG file; its middle part with the aspect of the grid is used')
    .option('--model <folder|file|name>', 'model folder or weight file with an image encoder')
    .option('--grid <HxW>', "rows x columns of tokens, where they are not the model's", gridShape)
    .option(
      '--image-decoder <folder>',
      'image tokenizer, for models whose image tokenizer is published apart',
    )
    .option('--out <file.json>', 'where the tokens go, in the form that "zipar decode --tokens" reads')
    .option('--json', 'print one JSON object on the last line of stdout')
    .action(encode);
}

async function encode(file: string, options: EncodeOptions): Promise<void> {
  const { grid, imageDecoder, out, json } = options;
  try {
    if (out !== undefined) await checkOutputFile('--out', out, '.json');
    const wishes = wishesOf({ grid, imageDecoder });
    const model = await new ModelLibrary(enginePaths().models).find(options.model, wishes);
    const { planes, notices } = await readStartPicture(file, model);
    for (const notice of notices) process.stderr.write(`${inEnglish(notice)}\n`);
    const threads = cpuThreads(await weightBytes(model));
    const tokens = await new LoadedModel(model, { provider: 'cpu', threads }).encodePixels(planes);
    const report = {
      model: model.name,
      grid: model.grid,
      picture: path.basename(file),
      tokens: Array.from(tokens),
    };
    const text = `${JSON.stringify(report)}\n`;
    const written =
      out === undefined
        ? undefined
        : await writeNamed(out, (name) => writeWholeFile(name, [Buffer.from(text)]));
    if (json === true) process.stdout.write(text);
    else process.stdout.write(written === undefined ? `${tokens.join(' ')}\n` : `${written}\n`);
  } catch (error) {
    throw asUsageError(error);
  }
}
