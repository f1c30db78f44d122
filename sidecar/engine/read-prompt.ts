import type { ModelFolder } from '../model/model-folder';
import { readPrompt } from '../prompt/prompt-words';
import type { PromptReading } from '../protocol';
import { RequestError } from './request-error';
import { sentence } from '../protocol/sentence';

/**
 * What a model of words makes of a prompt.
 * @throws RequestError when the model knows no words; PromptError when the prompt is too long
 */
export function readPromptFor({ name, vocabulary }: ModelFolder, prompt: string): PromptReading {
  if (!vocabulary)
    throw new RequestError(sentence`${name} has no list of words that a prompt could be read with.`);
  const { words, unknown } = readPrompt(prompt, vocabulary);
  return { known: words, unknown };
}
