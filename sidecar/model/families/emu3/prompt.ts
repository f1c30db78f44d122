import type { GridShape } from '../../../decoding/token-grid';
import type { Prompt, PromptHalf } from '../../family';
import { unpaddedHalf } from '../../prompt-half';
import type { PromptTokenizer } from '../../tokenizer/prompt-tokenizer';

/** What the published example puts after each prompt. */
export const SUFFIX = ' masterpiece, film grained, best quality.';
/** What the published example gives to the unconditional half. */
export const NEGATIVE =
  'lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry.';

/**
 * Both halves of Emu3's prompt (github.com/baaivision/Emu3, `processing_emu3.py`): a text between the same marks, with the
 * same size. The picture's first token follows the last mark.
 */
export function emu3Prompt(
  text: string,
  negative: string,
  grid: GridShape,
  tokenizer: PromptTokenizer,
): Prompt {
  const half = (content: string): PromptHalf => unpaddedHalf(tokenizer.encode(framed(content, grid)));
  return { kind: 'prompt', conditional: half(text), unconditional: half(negative) };
}

function framed(text: string, { height, width }: GridShape): string {
  return `<|extra_203|>${text}<|image start|>${height}*${width}<|image token|>`;
}
