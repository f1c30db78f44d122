import type { PictureTokenNames } from '../../llama/picture-ids';

/** The names of a picture's tokens in Chameleon's vocabulary. The digits of a code are written A = 0 to J = 9. */
export const PICTURE_TOKENS: PictureTokenNames = {
  code: (code) => {
    const letters = Array.from(String(code), (digit) => String.fromCharCode(65 + Number(digit)));
    return `IMGIMG${letters.join('')}Z`;
  },
  endOfLine: '<reserved08799>',
};
