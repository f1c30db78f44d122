import type { PictureTokenNames } from '../../llama/picture-ids';

const DIGITS = 6;

/** The names of a picture's tokens in Emu3's vocabulary. */
export const PICTURE_TOKENS: PictureTokenNames = {
  code: (code) => `<|visual token ${String(code).padStart(DIGITS, '0')}|>`,
  endOfLine: '<|extra_200|>',
};
