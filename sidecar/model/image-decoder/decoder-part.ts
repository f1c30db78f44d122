import type { ImageDecoderPart } from '../family';
import { buildCodeVectorsGraph, buildImageDecoderGraph } from './decoder-graph';
import { imageDecoderOperations } from './decoder-operations';
import type { ImageDecoderShape } from './decoder-shape';
import { sentence } from '../../protocol/sentence';

/** The place of an image decoder's weights. */
export interface DecoderFile {
  /** Absolute. */
  readonly folder: string;
  readonly weights: string;
}

/** An image decoder in a weight file. */
export function decoderPart({ folder, weights }: DecoderFile, shape: ImageDecoderShape): ImageDecoderPart {
  return {
    folder,
    weights,
    describedBy: sentence`the rest of the file`,
    codes: shape.codebookSize,
    patch: shape.downsample,
    operations: (grid) => imageDecoderOperations(shape, grid),
    write: (grid, source, provider) => buildImageDecoderGraph(shape, grid, source, provider),
    writeCodes: (count, source, provider) => buildCodeVectorsGraph(shape, count, source, provider),
    byteOf: shape.naming === 'maskgit' ? byteOfShare : byteOf,
  };
}

/** The byte for a value in -1..1: (x + 1) / 2 * 255, limited to 0..255, with the fraction cut off as in the published code. */
function byteOf(value: number): number {
  return byteOfShare((value + 1) / 2);
}

/** The byte for a value in 0..1, with the fraction cut off as in the published code. */
function byteOfShare(share: number): number {
  return Math.floor(Math.min(255, Math.max(0, share * 255)));
}
