import path from 'node:path';
import { cacheFolder } from '../files/cache-folder';
import { readInputFile } from '../files/input-file';
import { makeFolder, writeWholeFile } from '../files/write-whole-file';
import type { GridShape } from '../decoding/token-grid';
import type { DecodedImage } from './engine-messages';

/** Bytes of a file of colours at most: a codebook has at most a million codes. */
const MAX_BYTES = 3 << 20;

/** The colours that an earlier process found for the codes of a model; undefined where none did. Never rejects. */
export async function keptColours(weights: string, codes: number): Promise<Uint8Array | undefined> {
  try {
    const colours = await readInputFile(coloursFile(weights), MAX_BYTES);
    return colours.length === 3 * codes ? colours : undefined;
  } catch {
    return undefined; // they are found again
  }
}

/** Keeps the colours of a model's codes for later processes. Never rejects: without it, they are found again. */
export async function keepColours(weights: string, colours: Uint8Array): Promise<void> {
  try {
    await makeFolder(path.dirname(coloursFile(weights)));
    await writeWholeFile(coloursFile(weights), [colours]);
  } catch {
    // they are found again
  }
}

function coloursFile(weights: string): string {
  return path.join(cacheFolder(), 'code-colours', `${weights}.rgb`);
}

/** A picture with one pixel for each cell, in the colour of its code. @param tokens [H*W], all decided or filled */
export function paintCodes(
  tokens: Int32Array,
  { height, width }: GridShape,
  colours: Uint8Array,
): DecodedImage {
  const rgb = new Uint8Array(3 * tokens.length);
  for (const [cell, code] of tokens.entries()) rgb.set(colours.subarray(3 * code, 3 * code + 3), 3 * cell);
  return { width, height, rgb };
}
