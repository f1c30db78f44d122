import type { Command } from 'commander';
import type { Condition } from '../protocol';
import { integer } from './option-values';
import { UsageError } from './usage-error';

/** Which model, and what it is told: the same on every command that runs a transformer. */
export interface ConditionOptions {
  readonly model?: string;
  readonly class?: number;
  readonly caption?: string;
  readonly textEncoder?: string;
}

export function addConditionOptions(command: Command): Command {
  return command
    .argument('[prompt]', 'what it shall show, in words the model knows')
    .option('--model <folder|file|name>', 'model folder, weight file, or name of a model that ships')
    .option('--class <n>', 'class label, for class-conditional models', integer(0, 1 << 20))
    .option('--caption <file>', 'caption embeddings (.safetensors), for caption-conditional models')
    .option(
      '--text-encoder <folder>',
      "flan-t5 folder that reads the prompt for a caption-conditional model; the model's own when absent",
    );
}

/** @throws UsageError unless exactly one condition is given */
export function conditionOf(prompt: string | undefined, options: ConditionOptions): Condition {
  const given = [prompt, options.class, options.caption].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      'Give exactly one of a prompt (such as "mountains at dusk"), --class N and --caption FILE.',
    );
  if (options.textEncoder !== undefined && prompt === undefined)
    throw new UsageError('--text-encoder reads a prompt, so it goes with none of --class and --caption.');
  if (options.class !== undefined) return { kind: 'class', label: options.class };
  if (options.caption !== undefined) return { kind: 'caption', file: options.caption };
  return { kind: 'prompt', prompt: prompt ?? '' };
}
