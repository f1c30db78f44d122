import type { GridShape } from '../../decoding/token-grid';
import type { WeightSource } from '../checkpoint';
import { DecoderLayers } from '../image-decoder/decoder-layers';
import {
  ATTENTION_SHARE,
  BAND_SHARE,
  bandRows,
  bytesOf,
  valueOf,
  WHOLE_BYTES,
  whole,
  type Image,
} from '../image-decoder/image-bands';
import { GraphBuilder } from '../onnx/graph-builder';
import type { ImageEncoderShape } from './encoder-shape';
import { nearestCodes } from './nearest-codes';

/**
 * An image encoder after VQGAN as an ONNX graph over the checkpoint in place: levels of residual blocks, then a middle part
 * with attention. Most levels end by halving the side. Each cell's vector is replaced by the index of the nearest vector of the
 * codebook. Levels with a value of over `wholeBytes` are computed in bands of rows.
 *
 * Input `image` float [1, 3, H*downsample, W*downsample], -1..1. Outputs `tokens` int64 [1, H*W], and `latent` float
 * [1, codebookDim, H, W]. The latent has the vectors before they are compared.
 */
export function buildImageEncoderGraph(
  shape: ImageEncoderShape,
  grid: GridShape,
  checkpoint: WeightSource,
  wholeBytes = WHOLE_BYTES,
): Uint8Array<ArrayBuffer> {
  const { downsample, levels, channels, zChannels } = shape;
  const graph = new GraphBuilder('image-encoder', checkpoint.folder);
  const layers = new DecoderLayers(graph, checkpoint, shape, undefined, wholeBytes * ATTENTION_SHARE);
  const joined = (image: Image): Image => whole(layers.joined(image), image);
  const size = { channels: 3, height: grid.height * downsample, width: grid.width * downsample };
  const pixels = whole(graph.input('image', 'float32', [1, 3, size.height, size.width]), size);

  const largest = bytesOf({ ...size, channels: Math.max(channels, levels[0]?.width ?? 0) });
  const rows = bandRows(grid, largest, wholeBytes * BAND_SHARE).map((count) => count * downsample);
  let x = largest > wholeBytes ? layers.inBands(pixels, rows) : pixels;
  x = layers.conv(x, 'encoder.conv_in', channels, 3);
  for (const [number, level] of levels.entries()) {
    const name = `encoder.down.${number}`;
    if (level.attends || bytesOf({ ...x, channels: level.width }) <= wholeBytes) x = joined(x);
    for (let block = 0; block < level.blocks; block++) {
      x = layers.residual(x, `${name}.block.${block}`, level.width);
      if (level.attends) x = layers.attention(x, `${name}.attn.${block}`);
    }
    if (level.halves) x = layers.halved(x, `${name}.downsample.conv`);
  }
  x = layers.residual(joined(x), 'encoder.mid.block_1', x.channels);
  x = layers.attention(x, 'encoder.mid.attn_1');
  x = layers.residual(x, 'encoder.mid.block_2', x.channels);
  x = layers.conv(layers.swish(layers.norm(x, 'encoder.norm_out')), 'encoder.conv_out', zChannels, 3);
  const latent = shape.naming.startsWith('emu3') ? inTime(layers, shape, x) : inSpace(layers, shape, x);
  graph.output(valueOf(latent), 'latent', 'float32', [1, shape.codebookDim, grid.height, grid.width]);
  const tokens = nearestCodes(graph, layers.codebook(), shape, latent);
  graph.output(tokens, 'tokens', 'int64', [1, grid.height * grid.width]);
  return graph.build();
}

function inSpace(layers: DecoderLayers, { codebookDim }: ImageEncoderShape, x: Image): Image {
  return layers.conv(x, 'quant_conv', codebookDim, 1);
}

/** Emu3's temporal stack. As in the published code, a picture is a film of equal frames that the stack makes one frame. */
function inTime(
  layers: DecoderLayers,
  { codebookDim, timeBlocks, timeHalvings }: ImageEncoderShape,
  x: Image,
): Image {
  let frames: readonly Image[] = new Array<Image>(2 ** timeHalvings).fill(x);
  for (let halving = 0; halving < timeHalvings; halving++)
    frames = layers
      .halvedInTime(frames, `encoder.time_conv.${halving}.conv.conv`)
      .map((frame) => layers.swish(frame));
  let [frame = x] = frames;
  for (let block = 0; block < timeBlocks; block++)
    frame = layers.timeResidual(frame, `encoder.time_res_stack.${block}`);
  return layers.timeConv(frame, 'quant_conv.conv', codebookDim, 1);
}
