import type { GridShape } from '../../decoding/token-grid';
import type { WeightSource } from '../checkpoint';
import { DecoderLayers } from '../image-decoder/decoder-layers';
import type { ImageTokenizerShape } from '../image-decoder/decoder-shape';
import { valueOf, whole } from '../image-decoder/image-bands';
import { ModelError } from '../model-error';
import { GraphBuilder, type Value } from '../onnx/graph-builder';
import type { TensorShapes } from '../tensor-shapes';
import { nearestCodes } from './nearest-codes';
import { sentence } from '../../protocol/sentence';

/** The architecture of the encoder that `training/` exports as `encoder.safetensors`, without its codebook. */
export interface FoldedEncoderShape {
  /** Side of the squares of pixels that become channels. */
  readonly fold: number;
  /** Channels before and after the side is halved. */
  readonly wide: number;
  readonly deep: number;
  readonly codebookDim: number;
  readonly normGroups: number;
}

/** The first tensor of such an encoder. */
const FIRST_TENSOR = 'encoder.layers.1.weight';

/**
 * The architecture of a folded encoder, from the shapes of its tensors.
 * @param normGroups groups of each group norm, which no tensor tells
 * @returns undefined when the file holds no such encoder
 * @throws ModelError when a tensor is missing or has an impossible shape
 */
export function inferFoldedEncoder(shapes: TensorShapes, normGroups: number): FoldedEncoderShape | undefined {
  if (!shapes.has(FIRST_TENSOR)) return undefined;
  const { out: wide, in: folded } = shapes.convolution(FIRST_TENSOR);
  const { out: deep } = shapes.convolution('encoder.layers.4.weight');
  const { out: codebookDim } = shapes.convolution('encoder.layers.10.weight');
  const fold = Math.sqrt(folded / 3);
  if (!Number.isInteger(Math.log2(fold)) || wide % normGroups !== 0 || deep % normGroups !== 0)
    throw new ModelError(
      sentence`${shapes.file}: its layers of ${folded}, ${wide} and ${deep} channels do not fit a norm of ${normGroups} groups; fetch the encoder again.`,
    );
  return { fold, wide, deep, codebookDim, normGroups };
}

/** Pixels along the side of one token's patch. */
export function foldedPatch({ fold }: FoldedEncoderShape): number {
  return 2 * fold;
}

/**
 * A folded encoder as an ONNX graph. Squares of pixels become channels, because convolutions at full resolution are slow on a
 * CPU. Two residual blocks follow, and the side is halved. Then come a residual block, an attention and another block.
 *
 * Inputs and outputs are those of `buildImageEncoderGraph`.
 * @param encoder the encoder's weights
 * @param tokenizer the weights with the codebook, in the same folder
 */
export function buildFoldedEncoderGraph(
  shape: FoldedEncoderShape,
  grid: GridShape,
  encoder: WeightSource,
  tokenizer: WeightSource,
  codebookSize: number,
): Uint8Array<ArrayBuffer> {
  const { fold, wide, deep, codebookDim, normGroups } = shape;
  const graph = new GraphBuilder('folded-encoder', encoder.folder);
  const named: ImageTokenizerShape = {
    ...{ naming: 'vq-16', codebookSize, codebookDim, zChannels: codebookDim, hasUnitCodes: true },
    ...{ normGroups, hasAttentionMatrices: false },
  };
  const layers = new DecoderLayers(graph, encoder, named);
  const [height, width] = [2 * grid.height, 2 * grid.width];
  const pixels = graph.input('image', 'float32', [1, 3, height * fold, width * fold]);
  const folded = whole(foldPixels(graph, pixels, { fold, height, width }), {
    ...{ channels: 3 * fold * fold, height, width },
  });
  let x = layers.conv(folded, 'encoder.layers.1', wide, 3);
  for (const block of [2, 3]) x = layers.residual(x, `encoder.layers.${block}`, wide);
  x = layers.halvedEvenly(x, 'encoder.layers.4', deep);
  x = layers.residual(x, 'encoder.layers.5', deep);
  x = layers.attention(x, 'encoder.layers.6');
  x = layers.residual(x, 'encoder.layers.7', deep);
  const latent = layers.conv(
    layers.swish(layers.norm(x, 'encoder.layers.8')),
    'encoder.layers.10',
    codebookDim,
    1,
  );
  graph.output(valueOf(latent), 'latent', 'float32', [1, codebookDim, grid.height, grid.width]);
  const codebook = new DecoderLayers(graph, tokenizer, named).codebook();
  const tokens = nearestCodes(graph, codebook, named, latent);
  graph.output(tokens, 'tokens', 'int64', [1, grid.height * grid.width]);
  return graph.build();
}

/** Each square of pixels as channels: [1, 3, H*fold, W*fold] becomes [1, 3*fold*fold, H, W], with the colour outermost. */
function foldPixels(
  graph: GraphBuilder,
  pixels: Value,
  { fold, height, width }: { readonly fold: number; readonly height: number; readonly width: number },
): Value {
  const squares = graph.op('Reshape', [pixels, graph.int64([1, 3, height, fold, width, fold])]);
  const ordered = graph.op('Transpose', [squares], { perm: [0, 1, 3, 5, 2, 4] });
  return graph.op('Reshape', [ordered, graph.int64([1, 3 * fold * fold, height, width])]);
}
