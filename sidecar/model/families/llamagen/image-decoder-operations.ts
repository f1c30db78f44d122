import type { GridShape } from '../../../decoding/token-grid';
import type { VqManifest } from './manifest';

/**
 * Multiplications and additions, counted singly, that `LlamaGenImageDecoder` needs for one picture. It counts convolutions and
 * the products in attention. All other operations are a small share.
 */
export function imageDecoderOperations(vq: VqManifest, grid: GridShape): number {
  const widths = vq.channelMultipliers.map((multiplier) => vq.channels * multiplier);
  const lowest = widths.length - 1;
  let cells = grid.height * grid.width;
  const conv = (from: number, to: number, kernel: 1 | 3): number => 2 * cells * from * to * kernel * kernel;
  const residual = (from: number, to: number): number =>
    conv(from, to, 3) + conv(to, to, 3) + (from === to ? 0 : conv(from, to, 1));
  const attention = (width: number): number => 4 * conv(width, width, 1) + 2 * (2 * cells * cells * width);

  let width = widths[lowest] ?? vq.channels;
  let operations = conv(vq.codebookDim, vq.zChannels, 1) + conv(vq.zChannels, width, 3);
  operations += residual(width, width) + attention(width) + residual(width, width);
  for (let level = lowest; level >= 0; level--) {
    const out = widths[level] ?? vq.channels;
    for (let i = 0; i <= vq.resBlocks; i++) {
      operations += residual(width, out);
      width = out;
      if (level === lowest) operations += attention(width);
    }
    if (level === 0) continue;
    cells *= 4;
    operations += conv(width, width, 3);
  }
  return operations + conv(width, 3, 3);
}
