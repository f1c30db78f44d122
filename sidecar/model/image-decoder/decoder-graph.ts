import type { GridShape } from '../../decoding/token-grid';
import type { WeightSource } from '../checkpoint';
import { GraphBuilder, type Value } from '../onnx/graph-builder';
import { DecoderLayers } from './decoder-layers';
import { levelNumber } from './decoder-naming';
import type { ImageDecoderShape } from './decoder-shape';
import {
  ATTENTION_SHARE,
  BAND_SHARE,
  bandRows,
  bytesOf,
  WHOLE_BYTES,
  whole,
  type Image,
} from './image-bands';

/**
 * An image decoder as an ONNX graph over the checkpoint in place. Codes become vectors of the codebook. A convolution and a
 * middle part with attention follow. Then come levels of residual blocks, and most levels end by doubling the side. From the
 * first level with a value of over `wholeBytes` on, images are computed in bands of rows.
 *
 * Input `tokens` int64 [1, H*W]; output `image` float [1, 3, H*downsample, W*downsample], nominally -1..1 (MaskGIT: 0..1).
 */
export function buildImageDecoderGraph(
  shape: ImageDecoderShape,
  grid: GridShape,
  checkpoint: WeightSource,
  provider = 'cpu',
  wholeBytes = WHOLE_BYTES,
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('image-decoder', checkpoint.folder, provider);
  const { naming, levels } = shape;
  const plain = new DecoderLayers(graph, checkpoint, shape);
  const tokens = graph.input('tokens', 'int64', [1, grid.height * grid.width]);
  const codes = codesOf(graph, plain, shape, grid, tokens);
  const { latent, zq } =
    shape.norm === 'spatial' ? inTime(plain, shape, codes) : inSpace(plain, shape, codes);
  const layers = new DecoderLayers(graph, checkpoint, shape, zq, wholeBytes * ATTENTION_SHARE);

  const widest = levels[0]?.width ?? 0;
  const rows = bandRows(grid, largestBytes(shape, grid), wholeBytes * BAND_SHARE);
  let x = layers.conv(latent, 'decoder.conv_in', widest, 3);
  x = layers.residual(x, 'decoder.mid.block_1', widest);
  if (naming !== 'maskgit') x = layers.attention(x, 'decoder.mid.attn_1');
  x = layers.residual(x, 'decoder.mid.block_2', widest);
  for (const [fromLowest, { width, blocks, attends, doubles }] of levels.entries()) {
    const level = `decoder.up.${levelNumber(naming, fromLowest, levels.length)}`;
    for (let block = 0; block < blocks; block++) {
      x = layers.residual(x, `${level}.block.${block}`, width);
      if (attends) x = layers.attention(x, `${level}.attn.${block}`);
    }
    if (!doubles) continue;
    if (x.bands.length === 1 && bytesOf(x) * 4 > wholeBytes)
      x = layers.inBands(
        x,
        rows.map((count) => (count * x.height) / grid.height),
      );
    x = layers.conv(layers.doubled(x), `${level}.upsample.conv`, width, 3);
  }
  x = layers.conv(layers.swish(layers.norm(x, 'decoder.norm_out')), 'decoder.conv_out', 3, 3);
  graph.output(layers.joined(x), 'image', 'float32', [1, 3, x.height, x.width]);
  return graph.build();
}

/**
 * The vectors of codes as an ONNX graph, as the image decoder starts from them.
 * Input `tokens` int64 [1, n]; output `vectors` float [1, n, codebookDim].
 * @param count n
 */
export function buildCodeVectorsGraph(
  shape: ImageDecoderShape,
  count: number,
  checkpoint: WeightSource,
  provider = 'cpu',
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('code-vectors', checkpoint.folder, provider);
  const tokens = graph.input('tokens', 'int64', [1, count]);
  const rows = new DecoderLayers(graph, checkpoint, shape).codebookRows(tokens);
  graph.output(unitRows(graph, shape, rows), 'vectors', 'float32', [1, count, shape.codebookDim]);
  return graph.build();
}

function unitRows(graph: GraphBuilder, { hasUnitCodes }: ImageDecoderShape, rows: Value): Value {
  return hasUnitCodes ? graph.op('LpNormalization', [rows], { axis: -1, p: 2 }) : rows;
}

/** Bytes of the largest value of an image, in float32. */
function largestBytes({ levels }: ImageDecoderShape, { height, width }: GridShape): number {
  let factor = 1;
  const bytes = levels.map((level) => {
    if (level.doubles) factor *= 2;
    return bytesOf({ channels: level.width, height: height * factor, width: width * factor });
  });
  return Math.max(...bytes);
}

/** The codebook's vectors as an image [1, codebookDim, H, W]. */
function codesOf(
  graph: GraphBuilder,
  layers: DecoderLayers,
  shape: ImageDecoderShape,
  { height, width }: GridShape,
  tokens: Value,
): Image {
  const { codebookDim } = shape;
  const codes = unitRows(graph, shape, layers.codebookRows(tokens));
  const cells = graph.op('Reshape', [codes, graph.int64([1, height, width, codebookDim])]);
  const image = graph.op('Transpose', [cells], { perm: [0, 3, 1, 2] });
  return whole(image, { channels: codebookDim, height, width });
}

/** What the decoder starts from, and the codes that its spatial norms read. */
interface Latent {
  readonly latent: Image;
  readonly zq: Image | undefined;
}

function inSpace(layers: DecoderLayers, { naming, zChannels }: ImageDecoderShape, codes: Image): Latent {
  if (naming === 'maskgit') return { latent: codes, zq: undefined };
  return { latent: layers.conv(codes, 'post_quant_conv', zChannels, 1), zq: undefined };
}

/**
 * Emu3's temporal stack, for a picture of one frame. The stack makes four frames, and the first of them is the picture. The
 * first frame depends on itself alone, so its doubling in time is left out.
 */
function inTime(
  layers: DecoderLayers,
  { zChannels, timeBlocks, timeDoublings }: ImageDecoderShape,
  codes: Image,
): Latent {
  const stacked = (image: Image): Image => {
    let x = image;
    for (let block = 0; block < timeBlocks; block++)
      x = layers.timeResidual(x, `decoder.time_res_stack.${block}`);
    for (let doubling = 0; doubling < timeDoublings; doubling++)
      x = layers.swish(layers.timeConv(x, `decoder.time_conv.${doubling}.conv.conv`, x.channels, 3));
    return x;
  };
  const latent = stacked(layers.timeConv(codes, 'post_quant_conv.conv', zChannels, 1));
  return { latent, zq: stacked(codes) };
}
