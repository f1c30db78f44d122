import type { Command } from 'commander';
import type { GridShape } from '../decoding/token-grid';
import { enginePaths } from '../engine-paths';
import { ModelLibrary } from '../engine/model-library';
import type { PromptParts } from '../engine/run-plan';
import { classLabel } from '../prompt/class-names';
import type { Condition, GenerateRequest } from '../protocol';
import { gridShape } from './option-values';
import { UsageError } from './usage-error';

/** Options for the model and its condition. Every command that runs a transformer has the same ones. */
export interface ConditionOptions {
  readonly model?: string;
  /** A label, or a name of the class. */
  readonly class?: string;
  readonly caption?: string;
  readonly textEncoder?: string;
  readonly grid?: GridShape;
  readonly suffix?: string;
  readonly negative?: string;
  readonly imageDecoder?: string;
}

/** The options as a request names them. */
export function promptParts({
  textEncoder,
  suffix,
  negative,
}: ConditionOptions): Omit<PromptParts, 'condition'> {
  return {
    ...(textEncoder !== undefined && { textEncoder }),
    ...(suffix !== undefined && { suffix }),
    ...(negative !== undefined && { negative }),
  };
}

/** The wishes for a model, as a request names them. */
type RequestedWishes = Pick<GenerateRequest, 'grid' | 'imageDecoder'>;

/** What the options ask of the model. */
export function wishesOf({
  grid,
  imageDecoder,
}: {
  readonly grid?: GridShape | undefined;
  readonly imageDecoder?: string | undefined;
}): RequestedWishes {
  return {
    ...(grid && { grid: [grid.height, grid.width] as const }),
    ...(imageDecoder !== undefined && { imageDecoder }),
  };
}

export function addConditionOptions(command: Command): Command {
  return command
    .argument('[prompt]', 'what it shall show, in words the model knows')
    .option('--model <folder|file|name>', 'model folder, weight file, or name of a model that ships')
    .option('--class <n|name>', 'class, for class-conditional models: 207 or "golden retriever"')
    .option('--caption <file>', 'caption embeddings (.safetensors), for caption-conditional models')
    .option(
      '--text-encoder <folder>',
      "flan-t5 folder that reads the prompt for a caption-conditional model; the model's own when absent",
    )
    .option('--grid <HxW>', "rows x columns of tokens, where they are not the model's", gridShape)
    .option('--suffix <text>', 'text after the prompt; the model\'s own when absent, "" for none')
    .option('--negative <text>', "what the picture shall not show; the model's own text when absent")
    .option('--image-decoder <folder>', 'image decoder, for models whose image decoder is published apart');
}

/**
 * The condition that the options give for the picture.
 * @throws UsageError unless exactly one condition is given; PromptError when no class, or more than one, has the name; also
 *   the errors of finding the model
 */
export async function conditionOf(prompt: string | undefined, options: ConditionOptions): Promise<Condition> {
  const given = [prompt, options.class, options.caption].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      'Give exactly one of a prompt (such as "mountains at dusk"), --class N and --caption FILE.',
    );
  if (options.textEncoder !== undefined && prompt === undefined)
    throw new UsageError('--text-encoder reads a prompt, so it goes with none of --class and --caption.');
  if (options.class !== undefined)
    return { kind: 'class', label: await labelOf(options.class, options.model) };
  if (options.caption !== undefined) return { kind: 'caption', file: options.caption };
  return { kind: 'prompt', prompt: prompt ?? '' };
}

/** The label of a class. A number is taken as it is. Opening the model for the run shows whether it has as many classes. */
async function labelOf(text: string, nameOrPath: string | undefined): Promise<number> {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (/^[-+]?[\d.]+$/.test(text) || text.trim() === '')
    throw new UsageError(`--class ${text} is neither the number of a class (0, 1, 2 …) nor a name.`);
  const { condition, name } = await new ModelLibrary(enginePaths().models).find(nameOrPath);
  if (condition.kind !== 'class')
    throw new UsageError(`--class ${text}: ${name} is not class-conditional; choose another --model.`);
  return classLabel(text, condition.classes, name);
}
