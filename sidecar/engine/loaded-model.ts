import path from 'node:path';
import { PassCosts } from '../decoding/pass-costs';
import type { GridShape } from '../decoding/token-grid';
import { areFinite } from '../model/are-finite';
import { residenceOn, type Residence } from '../model/cache/residence';
import { Checkpoint } from '../model/checkpoint';
import { blockColours, fitColours, SAMPLE_SIDE, sampleGrids } from '../model/image-decoder/code-colours';
import type { EncodedPrompt, ImageDecoderPart, Prompt, TextForEncoder } from '../model/family';
import {
  imageDecoderOf,
  readModelFolder,
  transformerOf,
  type ModelFolder,
  type ModelWishes,
} from '../model/model-folder';
import { findImageEncoder } from '../model/image-encoder/find-encoder';
import { ModelError } from '../model/model-error';
import { UNHEARD, type PackingListener } from '../model/precision/packing-listener';
import { CaptionEncoder } from '../model/t5/caption-encoder';
import { openTransformer, releaseTransformer } from '../model/transformer/open-transformer';
import { PictureForward, type LoadedTransformer } from '../model/transformer/picture-forward';
import { openDescription, openTransformerWeights } from '../model/transformer/transformer-weights';
import type { DecodedImage } from './engine-messages';
import { runtime } from '../chosen-runtime';
import type { ExecutionOptions, Program } from '../runtime/runtime';
import { HostTensor, type Tensor, type Tensors } from '../runtime/tensor';
import { sentence } from '../protocol/sentence';

/** A model that is ready to compute. Its transformer and its image decoder are each loaded at their first use. */
export class LoadedModel {
  private transformerSessions: Promise<LoadedTransformer> | undefined;
  private imageSession: Promise<Program> | undefined;
  private captions: CaptionEncoder | undefined;
  /** The measured times of steps, without and with guidance. With guidance, a step computes both halves and takes longer. */
  private readonly costs = {
    alone: new PassCosts(() => performance.now()),
    guided: new PassCosts(() => performance.now()),
  };

  constructor(
    private readonly model: ModelFolder,
    private readonly execution: ExecutionOptions,
    private readonly residence: Residence = residenceOn(execution.provider),
  ) {}

  /**
   * Reads a model folder. Its weights are loaded later.
   * @param name the path of the model's folder or of its weight file
   * @param wishes the grid and the image decoder that the user asks for
   */
  static async open(
    name: string,
    execution: ExecutionOptions,
    residence?: Residence,
    wishes: ModelWishes = {},
  ): Promise<LoadedModel> {
    return new LoadedModel(await readModelFolder(name, wishes), execution, residence);
  }

  /** Whether this is the model with the given name, execution and wishes. @param name an absolute path */
  isOf(name: string, execution: ExecutionOptions, { grid, imageDecoder }: ModelWishes = {}): boolean {
    const { wishes } = this.model;
    return (
      this.model.path === name &&
      wishes.grid?.join() === grid?.join() &&
      wishes.imageDecoder === imageDecoder &&
      this.execution.provider === execution.provider &&
      this.execution.threads === execution.threads &&
      (this.execution.precision ?? 'stored') === (execution.precision ?? 'stored')
    );
  }

  /**
   * Loads the transformer. If an earlier call failed, it tries again, because the user may have removed the cause.
   * @param listener receives the progress of packing, if the weights must be packed first
   * @throws ModelError, WeightsError, PrecisionError, PackingCancelled
   */
  transformer(listener: PackingListener = UNHEARD): Promise<LoadedTransformer> {
    this.transformerSessions ??= this.loadTransformer(listener).catch((error: unknown) => {
      this.transformerSessions = undefined;
      throw error;
    });
    return this.transformerSessions;
  }

  /** Checks that a suitable image decoder exists, without opening it. @throws ModelError, WeightsError */
  async checkImageDecoder(): Promise<void> {
    await this.imageDecoderGraph();
  }

  /** Loads the image decoder. @throws ModelError when the folder has no image decoder; WeightsError */
  imageDecoder(): Promise<Program> {
    this.imageSession ??= this.loadImageDecoder();
    return this.imageSession;
  }

  /**
   * Completes a prompt: a text encoder turns text into embeddings. Call it before the transformer is loaded. Then the memory
   * need not hold both the text encoder and the transformer.
   * @throws ModelError, WeightsError
   */
  async preparePrompt(prompt: Prompt | TextForEncoder): Promise<EncodedPrompt<Prompt>> {
    if (prompt.kind === 'prompt') return { input: prompt, notices: [] };
    const { model } = this;
    if (model.condition.kind !== 'caption-embedding' || !model.promptOfCaption)
      throw new ModelError(sentence`${model.path} takes no captions, so it needs no text encoder.`);
    if (this.captions?.folder !== prompt.encoder)
      this.captions = await CaptionEncoder.open(prompt.encoder, model.condition, prompt.execution);
    const { input, notices } = await this.captions.encode(prompt.caption);
    return { input: await model.promptOfCaption(input), notices };
  }

  /** A forward for a new picture, before the prompt's step. @param guidance the guidance; 1 = none */
  async forward(prompt: Prompt, guidance: number): Promise<PictureForward> {
    const costs = guidance === 1 ? this.costs.alone : this.costs.guided;
    return new PictureForward(await this.transformer(), prompt, guidance, costs);
  }

  /** Draws a picture from a complete grid of tokens. */
  async decodeImage(tokens: Int32Array): Promise<DecodedImage> {
    return toImage(await this.decodePixels(tokens), imageDecoderOf(this.model));
  }

  /**
   * A colour for each code [codes, 3], for cheap previews: what the image decoder draws of some codes, carried over to all.
   * @throws ModelError when the image decoder does not tell its codes' vectors; WeightsError
   */
  async codeColours(): Promise<Uint8Array<ArrayBuffer>> {
    const decoder = imageDecoderOf(this.model);
    const { execution } = this;
    const checkpoint = await Checkpoint.open(decoder.folder, decoder.weights, decoder.describedBy);
    const codes = Array.from({ length: decoder.codes }, (_, code) => code);
    const ids = decoder.writeCodes?.(codes.length, checkpoint, execution.provider);
    if (!ids) throw new ModelError(sentence`${this.model.path} has no cheap previews.`);
    const { vectors } = await this.once(ids, checkpoint.folder, codes);
    if (!(vectors?.data instanceof Float32Array)) throw new Error('The codes have no vectors.');
    const graph = decoder.write(SAMPLE, checkpoint, execution.provider);
    const samples: Parameters<typeof fitColours>[2][number][] = [];
    const session = await runtime.open(graph, checkpoint.folder, execution, { memory: 'given back' });
    try {
      for (const grid of sampleGrids(decoder.codes)) {
        const { rgb } = toImage(await pixelsOf(session, grid.tokens), decoder);
        for (const [i, colour] of blockColours(rgb, decoder.patch).entries())
          samples.push({ code: grid.codes[i] ?? 0, colour });
      }
    } finally {
      await session.release();
    }
    return fitColours(vectors.data, vectors.data.length / decoder.codes, samples);
  }

  /** Runs a graph once over tokens. */
  private async once(
    graph: Uint8Array<ArrayBuffer>,
    folder: string,
    tokens: readonly number[],
  ): Promise<Tensors> {
    const session = await runtime.open(graph, folder, this.execution, { runs: 'one' });
    try {
      return await session.run({ tokens: tokenTensor(tokens) });
    } finally {
      await session.release();
    }
  }

  /** The output of the image decoder for a grid of tokens, before it is rounded to 8 bits. */
  async decodePixels(tokens: Int32Array): Promise<Pixels> {
    const pixels = await pixelsOf(await this.imageDecoder(), tokens);
    if (!areFinite(pixels.planes)) throw this.noNumbers();
    return pixels;
  }

  /**
   * The error for an output with NaN or infinity. On the CPU, the weights of the model cause it. On another provider, the
   * provider may cause it, and a run on the CPU shows whether it does.
   */
  private noNumbers(): Error {
    if (this.execution.provider !== 'cpu') return new Error('the picture has pixels that are no numbers');
    const { folder, weights } = imageDecoderOf(this.model);
    const file = path.join(folder, weights);
    return new ModelError(
      sentence`${file} draws pixels that are no numbers; its weights are damaged: fetch them again.`,
    );
  }

  /**
   * Turns a picture into tokens. The CPU computes them, so they do not depend on the provider.
   * @param planes [3, height, width], -1..1, in the size of the model's grid
   * @throws ModelError when the model has no image encoder, or its weights are damaged; WeightsError
   */
  async encodePixels(planes: Float32Array<ArrayBuffer>): Promise<Int32Array> {
    const { grid } = this;
    const encoder = await findImageEncoder(imageDecoderOf(this.model), this.model.name);
    const { graph, folder } = await encoder.write(grid);
    const { threads } = this.execution;
    const session = await runtime.open(graph, folder, { provider: 'cpu', threads }, { memory: 'given back' });
    try {
      const dims = [1, 3, grid.height * encoder.patch, grid.width * encoder.patch];
      const { tokens, latent } = await session.run({ image: new HostTensor('float32', planes, dims) });
      if (!(tokens?.data instanceof BigInt64Array) || !(latent?.data instanceof Float32Array))
        throw new Error('The image encoder put out no tokens.');
      if (!areFinite(latent.data))
        throw new ModelError(
          sentence`${encoder.file} encodes to vectors that are no numbers; its weights are damaged: fetch them again.`,
        );
      return Int32Array.from(tokens.data, Number);
    } finally {
      await session.release();
    }
  }

  async release(): Promise<void> {
    const transformer = await this.transformerSessions?.catch(() => undefined);
    const image = await this.imageSession?.catch(() => undefined);
    await Promise.all([transformer && releaseTransformer(transformer), image?.release()]);
  }

  private get grid(): GridShape {
    const [height, width] = this.model.grid;
    return { height, width };
  }

  private async loadTransformer(listener: PackingListener): Promise<LoadedTransformer> {
    const described = await openDescription(this.model.folder, transformerOf(this.model));
    const { description, source } = described;
    const weights = await openTransformerWeights(described, this.execution, listener);
    return openTransformer({ description, weights, promptWeights: source }, this.execution, this.residence);
  }

  private async loadImageDecoder(): Promise<Program> {
    const { graph, folder } = await this.imageDecoderGraph();
    return runtime.open(graph, folder, this.execution, { memory: 'given back' });
  }

  private async imageDecoderGraph(): Promise<{ graph: Uint8Array<ArrayBuffer>; folder: string }> {
    const decoder = imageDecoderOf(this.model);
    const checkpoint = await Checkpoint.open(decoder.folder, decoder.weights, decoder.describedBy);
    const graph = decoder.write(this.grid, checkpoint, this.execution.provider);
    return { graph, folder: checkpoint.folder };
  }
}

/** The grid of the pictures from which colours of codes are learnt. */
const SAMPLE: GridShape = { height: SAMPLE_SIDE, width: SAMPLE_SIDE };

function tokenTensor(tokens: ArrayLike<number>): Tensor {
  return new HostTensor('int64', BigInt64Array.from(Array.from(tokens), BigInt), [1, tokens.length]);
}

async function pixelsOf(session: Program, tokens: Int32Array): Promise<Pixels> {
  const { image } = await session.run({ tokens: tokenTensor(tokens) });
  const [, , height, width] = image?.dims ?? [];
  if (!(image?.data instanceof Float32Array) || height === undefined || width === undefined)
    throw new Error('The image decoder put out no image.');
  return { width, height, planes: image.data };
}

/** The red, green and blue planes of a picture, [3, height, width]. Most values are in -1..1. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly planes: Float32Array;
}

/** Pixels as 8-bit RGB. The family of the image decoder says which byte stands for a value. */
export function toImage(
  { width, height, planes }: Pixels,
  decoder: Pick<ImageDecoderPart, 'byteOf'>,
): DecodedImage {
  const pixels = width * height;
  const rgb = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < pixels; i++) {
      rgb[3 * i + channel] = decoder.byteOf(planes[channel * pixels + i] ?? 0);
    }
  }
  return { width, height, rgb };
}
