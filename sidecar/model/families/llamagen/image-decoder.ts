import type { GridShape } from '../../../decoding/token-grid';
import type { WeightSource } from '../../checkpoint';
import type { ImageDecoderPart } from '../../family';
import { buildCodeVectorsGraph, buildImageDecoderGraph } from '../../image-decoder/decoder-graph';
import { imageDecoderOperations } from '../../image-decoder/decoder-operations';
import type { ImageDecoderShape } from '../../image-decoder/decoder-shape';
import type { VqManifest } from './manifest';
import { sentence } from '../../../protocol/sentence';

/** LlamaGen's VQ-16 image decoder (after VQGAN's), as a complete manifest describes it. */
export class LlamaGenImageDecoder implements ImageDecoderPart {
  readonly weights: string;
  readonly describedBy = sentence`the manifest`;
  readonly codes: number;
  readonly patch: number;
  readonly normGroups: number;
  private readonly shape: ImageDecoderShape;

  constructor(
    readonly folder: string,
    readonly manifest: VqManifest,
  ) {
    this.weights = manifest.weights;
    this.codes = manifest.codebookSize;
    this.patch = manifest.downsample;
    this.normGroups = manifest.normGroups;
    this.shape = decoderShape(manifest);
  }

  operations(grid: GridShape): number {
    return imageDecoderOperations(this.shape, grid);
  }

  write(grid: GridShape, weights: WeightSource, provider?: string): Uint8Array<ArrayBuffer> {
    return buildImageDecoderGraph(this.shape, grid, weights, provider);
  }

  writeCodes(count: number, weights: WeightSource, provider?: string): Uint8Array<ArrayBuffer> {
    return buildCodeVectorsGraph(this.shape, count, weights, provider);
  }

  byteOf(value: number): number {
    return Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 255);
  }
}

/** The architecture that a manifest describes. Only the level with the fewest pixels has attention. */
export function decoderShape(vq: VqManifest): ImageDecoderShape {
  const { codebookSize, codebookDim, zChannels, normGroups, downsample } = vq;
  const fromLowest = vq.channelMultipliers.map((multiplier) => vq.channels * multiplier).reverse();
  return {
    ...{ naming: 'vq-16', codebookSize, codebookDim, zChannels, hasUnitCodes: true },
    ...{ norm: 'group', normGroups, hasAttentionMatrices: false, timeBlocks: 0, timeDoublings: 0 },
    levels: fromLowest.map((width, level) => ({
      width,
      blocks: vq.resBlocks + 1,
      attends: level === 0,
      doubles: level < fromLowest.length - 1,
    })),
    downsample,
  };
}
