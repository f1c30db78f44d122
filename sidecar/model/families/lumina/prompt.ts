import type { GridShape } from '../../../decoding/token-grid';
import type { Prompt } from '../../family';
import type { PictureIds } from '../../llama/picture-ids';
import { ModelError } from '../../model-error';
import { unpaddedHalf } from '../../prompt-half';
import { neededId, type PromptTokenizer } from '../../tokenizer/prompt-tokenizer';
import { PICTURE_TOKENS } from './picture-tokens';
import { sentence } from '../../../protocol/sentence';

/** Pixels along the side of a token's patch. */
const PATCH = 16;
/** Tokens along a side for each unit of size: the model counts in units of 32 pixels. */
export const TOKENS_A_UNIT = 2;
/** The token for a size of n units is `<reserved{8800 + n}>`. */
const SIZE_BASE = 8800;

/**
 * Both halves of Lumina-mGPT's prompt (github.com/Alpha-VLLM/Lumina-mGPT, `inference_solver.py`). The published pipeline lets
 * the model draw the start of the picture and its size; here they are given. The unconditional half begins with them.
 * @throws ModelError when the tokenizer is another model's
 */
export function luminaPrompt(
  prompt: string,
  { height, width }: GridShape,
  tokenizer: PromptTokenizer,
  ids: PictureIds,
): Prompt {
  if (
    neededId(tokenizer, PICTURE_TOKENS.code(0)) !== ids.first ||
    neededId(tokenizer, PICTURE_TOKENS.endOfLine) !== ids.endOfLine
  )
    throw new ModelError(
      sentence`${tokenizer.file} and config.json number the image tokens differently; download both files of one model.`,
    );
  const size = `${width * PATCH}x${height * PATCH}`;
  const text = `Generate an image of ${size} according to the following prompt:\n${prompt}<reserved08706>`;
  const start = [
    neededId(tokenizer, '<racm3:break>'),
    neededId(tokenizer, sizeToken(height)),
    neededId(tokenizer, sizeToken(width)),
  ];
  return {
    kind: 'prompt',
    conditional: unpaddedHalf([neededId(tokenizer, '<s>'), ...tokenizer.encode(text), ...start]),
    unconditional: unpaddedHalf(start),
  };
}

function sizeToken(side: number): string {
  return `<reserved${String(SIZE_BASE + side / TOKENS_A_UNIT).padStart(5, '0')}>`;
}
