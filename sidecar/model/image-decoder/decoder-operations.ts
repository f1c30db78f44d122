import type { GridShape } from '../../decoding/token-grid';
import type { ImageDecoderShape } from './decoder-shape';

/**
 * Multiplications and additions, counted singly, that `buildImageDecoderGraph` needs for one picture. It counts convolutions
 * and the products in attention. All other operations are a small share.
 */
export function imageDecoderOperations(shape: ImageDecoderShape, grid: GridShape): number {
  const { codebookDim, zChannels, levels } = shape;
  const isMaskgit = shape.naming === 'maskgit';
  let cells = grid.height * grid.width;
  const conv = (from: number, to: number, kernel: 1 | 3): number => 2 * cells * from * to * kernel * kernel;
  const residual = (from: number, to: number): number =>
    conv(from, to, 3) + conv(to, to, 3) + (from === to ? 0 : conv(isMaskgit ? to : from, to, 1));
  const attention = (width: number): number => 4 * conv(width, width, 1) + 2 * (2 * cells * cells * width);

  let width = levels[0]?.width ?? 0;
  let operations = conv(zChannels, width, 3) + 2 * residual(width, width);
  if (!isMaskgit) operations += conv(codebookDim, zChannels, 1) + attention(width);
  for (const level of levels) {
    for (let i = 0; i < level.blocks; i++) {
      operations += residual(width, level.width);
      width = level.width;
      if (level.attends) operations += attention(width);
    }
    if (!level.doubles) continue;
    cells *= 4;
    operations += conv(width, width, 3);
  }
  return operations + conv(width, 3, 3);
}
