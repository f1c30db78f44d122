import type { Prompt } from '../../family';
import { unpaddedHalf } from '../../prompt-half';
import { neededId, type PromptTokenizer } from '../../tokenizer/prompt-tokenizer';

const BEGIN_OF_SENTENCE = '<｜begin▁of▁sentence｜>';
const PAD = '<｜▁pad▁｜>';

/**
 * Both halves of Janus's prompt (`generation_inference.py`, the conversation template "deepseek" without a system prompt). In
 * the unconditional half, all tokens but the first and the last are pads. Pads are ordinary tokens here: they have positions
 * and are looked at.
 */
export function janusPrompt(prompt: string, tokenizer: PromptTokenizer): Prompt {
  const text = `<|User|>: ${prompt}\n\n<|Assistant|>:<begin_of_image>`;
  const begin = neededId(tokenizer, BEGIN_OF_SENTENCE);
  const image = neededId(tokenizer, '<begin_of_image>');
  const pad = neededId(tokenizer, PAD);
  const ids = [begin, ...tokenizer.encode(text)];
  const empty = [begin, ...ids.slice(1, -1).map(() => pad), image];
  return { kind: 'prompt', conditional: unpaddedHalf(ids), unconditional: unpaddedHalf(empty) };
}
