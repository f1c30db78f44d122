/**
 * A very small model whose image encoder undoes its image decoder. Its 8 codes are the colours whose red, green and blue are
 * each dark or bright. All residual blocks and attentions add nothing. Each channel x has a channel -x beside it, and
 * swish(x) - swish(-x) = x. Norms move and scale a channel, but they keep which cells are brighter.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformerShapes, vqShapes, type NamedShape } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { tensorOf, type SmallTensor, type Tensors } from '../families/tensors';
import { writeSafetensors } from '../unit/weights/write-safetensors';
import { writeSafetensors as streamSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { RandomTensors } from '../families/random-tensors';
import { addFoldedEncoder } from './encoder-tensors';

/** Where the encoder is: in the image decoder's file, in a file of its own as `training/` exports it, or nowhere. */
export type EncoderPlace = 'inside' | 'beside' | 'nowhere';

/** Codes of the model. Bit c of a code says whether colour c is bright. */
export const MIRROR_CODES = 8;
/** Pixels along the side of a token's patch. */
export const MIRROR_PATCH = 2;

/** Writes the model with a grid of `grid` tokens into a folder, which may not exist yet. Its transformer is random. */
export async function writeMirrorModel(
  folder: string,
  place: EncoderPlace,
  grid: readonly [number, number] = [6, 4],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const channels = place === 'beside' ? 8 : 32;
  const sizes = { layers: 2, dim: 32, heads: 2, hidden: 64, vocab: MIRROR_CODES, condition: { classes: 10 } };
  await streamSafetensors(path.join(folder, 'model.safetensors'), randomTensors(transformerShapes(sizes), 3));
  const vq = new Map([...decoderTensors(channels), ...(place === 'inside' ? insideTensors(channels) : [])]);
  writeFileSync(path.join(folder, 'vq.safetensors'), writeSafetensors(vq));
  if (place === 'beside')
    writeFileSync(path.join(folder, 'encoder.safetensors'), writeSafetensors(besideTensors(channels)));
  const manifest = {
    ...{ format: 'zipar-model', version: 1, family: 'llamagen', name: 'mirror', grid },
    transformer: { weights: 'model.safetensors', heads: 2 },
    vq: { weights: 'vq.safetensors', normGroups: channels },
  };
  writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
}

/** The picture of tokens, [height, width, 3], as the model's codes mean it: bright is 255, dark is 0. */
export function mirrorPicture(tokens: readonly number[], width: number): Uint8Array {
  const rows = tokens.length / width;
  const [pixelRows, pixelColumns] = [rows * MIRROR_PATCH, width * MIRROR_PATCH];
  return Uint8Array.from({ length: 3 * pixelRows * pixelColumns }, (_, i) => {
    const [pixel, colour] = [Math.floor(i / 3), i % 3];
    const row = Math.floor(pixel / pixelColumns / MIRROR_PATCH);
    const column = Math.floor((pixel % pixelColumns) / MIRROR_PATCH);
    return ((tokens[row * width + column] ?? 0) >> colour) & 1 ? 255 : 0;
  });
}

function decoderTensors(channels: number): Tensors {
  const size = { codebookSize: MIRROR_CODES, codebookDim: 3, channels, channelMultipliers: [1, 1] };
  const tensors = blank(vqShapes({ ...size, resBlocks: 1, zChannels: 3 }));
  const codebook = Float32Array.from({ length: 3 * MIRROR_CODES }, (_, i) =>
    (Math.floor(i / 3) >> (i % 3)) & 1 ? 1 : -1,
  );
  return new Map([
    ...tensors,
    ['quantize.embedding.weight', tensorOf([MIRROR_CODES, 3], codebook, 'F32')],
    ['post_quant_conv.weight', kernel(3, 3, 1, 0, same)],
    ['decoder.conv_in.weight', kernel(channels, 3, 3, 1, paired)],
    ['decoder.conv_blocks.0.upsample.conv.weight', kernel(channels, channels, 3, 1, same)],
    ['decoder.conv_out.weight', kernel(3, channels, 3, 1, (to, from) => paired(from, to))],
  ]);
}

/** The encoder of VQ-16, with two levels of one block. */
function insideTensors(channels: number): Tensors {
  const shapes = vqShapes({ channels, channelMultipliers: [1, 1], resBlocks: 0, zChannels: 3 })
    .filter(
      ([name]) =>
        name.startsWith('decoder.') && !name.includes('upsample') && !name.includes('conv_blocks.0'),
    )
    .map(([name, shape]): NamedShape => [name.replace('decoder.', 'encoder.'), shape]);
  const level = shapes
    .filter(([name]) => name.includes('conv_blocks.1'))
    .map(([name, shape]): NamedShape => [name.replace('conv_blocks.1', 'conv_blocks.0'), shape]);
  const bias = (name: string, width: number): NamedShape => [`${name}.bias`, [width]];
  const tensors = blank([
    ...shapes,
    ...level,
    ...[bias('encoder.conv_blocks.0.downsample.conv', channels), bias('quant_conv', 3)],
  ]);
  return new Map([
    ...tensors,
    ['encoder.conv_in.weight', kernel(channels, 3, 3, 1, paired)],
    ['encoder.conv_in.bias', zeros([channels])],
    ['encoder.conv_blocks.0.downsample.conv.weight', kernel(channels, channels, 3, 0, same)],
    ['encoder.conv_out.weight', kernel(3, channels, 3, 1, (to, from) => paired(from, to))],
    ['quant_conv.weight', kernel(3, 3, 1, 0, same)],
  ]);
}

/** The encoder that `training/` exports. */
function besideTensors(channels: number): Tensors {
  const random = new RandomTensors(1, 'F32');
  addFoldedEncoder(random, { fold: 1, wide: channels, deep: channels, codeDim: 3 });
  const shapes = [...random.tensors].map(([name, { shape }]): NamedShape => [name, shape]);
  const tensors = blank(shapes);
  return new Map([
    ...tensors,
    ['encoder.layers.1.weight', kernel(channels, 3, 3, 1, paired)],
    ['encoder.layers.4.weight', kernel(channels, channels, 3, 1, same)],
    ['encoder.layers.8.weight', tensorOf([channels], new Float32Array(channels).fill(1), 'F32')],
    ['encoder.layers.10.weight', kernel(3, channels, 1, 0, (to, from) => paired(from, to))],
  ]);
}

/** Tensors of zeros. The gains of norms are 1. */
function blank(shapes: readonly NamedShape[]): Map<string, SmallTensor> {
  return new Map(
    shapes.map(([name, shape]) => {
      const isGain = /norm\d?(_out)?\.weight$/.test(name);
      const elements = shape.reduce((product, length) => product * length, 1);
      return [name, tensorOf(shape, new Float32Array(elements).fill(isGain ? 1 : 0), 'F32')];
    }),
  );
}

function zeros(shape: readonly number[]): SmallTensor {
  return tensorOf(shape, new Float32Array(shape.reduce((product, length) => product * length, 1)), 'F32');
}

/** A convolution that looks at one pixel of its kernel. @param at row and column of that pixel */
function kernel(
  out: number,
  inner: number,
  side: number,
  at: number,
  weight: (to: number, from: number) => number,
): SmallTensor {
  const numbers = new Float32Array(out * inner * side * side);
  for (let to = 0; to < out; to++)
    for (let from = 0; from < inner; from++)
      numbers[((to * inner + from) * side + at) * side + at] = weight(to, from);
  return tensorOf([out, inner, side, side], numbers, 'F32');
}

function same(to: number, from: number): number {
  return to === from ? 1 : 0;
}

/** Channel 2c is colour c, and channel 2c + 1 its opposite. The other channels are empty. */
function paired(channel: number, colour: number): number {
  if (Math.floor(channel / 2) !== colour) return 0;
  return channel % 2 === 0 ? 1 : -1;
}
