import type { InferenceSession } from 'onnxruntime-node';
import path from 'node:path';
import { PassCosts } from '../decoding/pass-costs';
import type { GridShape } from '../decoding/token-grid';
import { areFinite } from '../model/are-finite';
import { Checkpoint } from '../model/checkpoint';
import { openSession, type ExecutionOptions } from '../model/inference-session';
import { unconditionalInput, type ConditionInput } from '../model/llamagen/condition';
import { LlamaGenForward, type LoadedTransformer } from '../model/llamagen/llamagen-forward';
import { openTransformer, releaseTransformer } from '../model/llamagen/open-transformer';
import { openTransformerWeights } from '../model/llamagen/open-transformer-weights';
import { residenceOn, type Residence } from '../model/llamagen/residence';
import { axialRotaryTable } from '../model/llamagen/rotary-table';
import { imageDecoderOf, readModelFolder, transformerOf, type ModelFolder } from '../model/model-folder';
import { ModelError } from '../model/model-error';
import { prefixLength } from '../model/model-manifest';
import { Tensor } from '../model/onnx-runtime';
import { CaptionEncoder, type EncodedCaption } from '../model/t5/caption-encoder';
import { UNHEARD, type PackingListener } from '../model/precision/packing-listener';
import { buildVqDecoderGraph } from '../model/vq-decoder-graph';
import type { CaptionText, DecodedImage } from './engine-messages';

/** A model folder opened for inference. Transformer and image decoder are each loaded at first use. */
export class LoadedModel {
  private transformerSessions: Promise<LoadedTransformer> | undefined;
  private imageSession: Promise<InferenceSession> | undefined;
  private captions: CaptionEncoder | undefined;
  /** What steps cost, as learnt so far. Guidance doubles the rows of a step. */
  private readonly costs = {
    alone: new PassCosts(() => performance.now()),
    guided: new PassCosts(() => performance.now()),
  };

  constructor(
    private readonly model: ModelFolder,
    private readonly execution: ExecutionOptions,
    private readonly residence: Residence = residenceOn(execution.provider),
  ) {}

  /** @param name path of the model's folder, or of a weight file */
  static async open(name: string, execution: ExecutionOptions, residence?: Residence): Promise<LoadedModel> {
    return new LoadedModel(await readModelFolder(name), execution, residence);
  }

  /** Whether this is the model of that name and execution. @param name absolute path */
  isOf(name: string, execution: ExecutionOptions): boolean {
    return (
      this.model.path === name &&
      this.execution.provider === execution.provider &&
      this.execution.threads === execution.threads &&
      (this.execution.precision ?? 'stored') === (execution.precision ?? 'stored')
    );
  }

  /**
   * Loads the transformer. A call after a failure tries again, because the user may have mended the cause.
   * @param listener hears of the packing, where the weights must be packed first
   * @throws ModelError, WeightsError, PrecisionError, PackingCancelled
   */
  transformer(listener: PackingListener = UNHEARD): Promise<LoadedTransformer> {
    this.transformerSessions ??= this.loadTransformer(listener).catch((error: unknown) => {
      this.transformerSessions = undefined;
      throw error;
    });
    return this.transformerSessions;
  }

  /** Checks that a fitting image decoder exists, without opening it. @throws ModelError, WeightsError */
  async checkImageDecoder(): Promise<void> {
    await this.imageDecoderGraph();
  }

  /** Loads the image decoder. @throws ModelError when the folder has no image decoder; WeightsError */
  imageDecoder(): Promise<InferenceSession> {
    this.imageSession ??= this.loadImageDecoder();
    return this.imageSession;
  }

  /** The empty condition, for guidance. */
  private async unconditional(condition: ConditionInput): Promise<ConditionInput> {
    const { manifest, folder } = this.model;
    const checkpoint = await Checkpoint.open(folder, transformerOf(this.model).weights);
    return unconditionalInput(manifest.condition, condition, checkpoint);
  }

  /**
   * Turns a condition into the form that the model takes. Text goes through its text encoder, best before the transformer is
   * loaded: then the two need not fit into memory together.
   * @throws ModelError, WeightsError
   */
  async prepareCondition(condition: ConditionInput | CaptionText): Promise<EncodedCaption> {
    if (condition.kind !== 'text') return { input: condition, notices: [] };
    const shape = this.model.manifest.condition;
    if (shape.kind !== 'caption-embedding')
      throw new ModelError(`${this.model.path} takes no captions, so it needs no text encoder.`);
    if (this.captions?.folder !== condition.encoder)
      this.captions = await CaptionEncoder.open(condition.encoder, shape, condition.execution);
    return this.captions.encode(condition.caption);
  }

  /** A new forward, before the prompt's pass. @param guidance scale of classifier-free guidance; 1 = none */
  async forward(condition: ConditionInput, guidance: number): Promise<LlamaGenForward> {
    const conditions = {
      condition,
      unconditional: guidance === 1 ? condition : await this.unconditional(condition),
      scale: guidance,
    };
    return new LlamaGenForward(
      await this.transformer(),
      conditions,
      guidance === 1 ? this.costs.alone : this.costs.guided,
    );
  }

  /** Draws a picture from a complete grid of tokens. */
  async decodeImage(tokens: Int32Array): Promise<DecodedImage> {
    return toImage(await this.decodePixels(tokens));
  }

  /** The picture as the image decoder computes it, before it is cut to 8 bits. */
  async decodePixels(tokens: Int32Array): Promise<Pixels> {
    const session = await this.imageDecoder();
    const { image } = await session.run({
      tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
    });
    const [, , height, width] = image?.dims ?? [];
    if (!(image?.data instanceof Float32Array) || height === undefined || width === undefined)
      throw new Error('The image decoder put out no image.');
    if (!areFinite(image.data)) throw this.noNumbers();
    return { width, height, planes: image.data };
  }

  /**
   * The error for an output that contains NaN or infinity. On the CPU, the model is at fault. Any other provider may have
   * computed wrongly; a run on the CPU shows which.
   */
  private noNumbers(): Error {
    if (this.execution.provider !== 'cpu') return new Error('the picture has pixels that are no numbers');
    const file = path.join(this.model.folder, imageDecoderOf(this.model).weights);
    return new ModelError(
      `${file} draws pixels that are no numbers; its weights are damaged: fetch them again.`,
    );
  }

  async release(): Promise<void> {
    const transformer = await this.transformerSessions?.catch(() => undefined);
    const image = await this.imageSession?.catch(() => undefined);
    await Promise.all([transformer && releaseTransformer(transformer), image?.release()]);
  }

  private get grid(): GridShape {
    const [height, width] = this.model.manifest.grid;
    return { height, width };
  }

  private async loadTransformer(listener: PackingListener): Promise<LoadedTransformer> {
    const { folder, manifest } = this.model;
    const transformer = transformerOf(this.model);
    const checkpoint = await Checkpoint.open(folder, transformer.weights);
    const shape = { ...transformer, grid: this.grid, prefix: prefixLength(manifest.condition) };
    const headDim = shape.dim / shape.heads;
    const rotary = axialRotaryTable(
      shape.grid,
      headDim,
      shape.ropeBase,
      shape.prefix,
      manifest.condition.kind === 'words' ? 1 : 0,
    );
    const { execution } = this;
    const weights = await openTransformerWeights(shape, checkpoint, execution, listener);
    const condition = { manifest: manifest.condition, weights: checkpoint };
    return openTransformer({ shape, weights, rotary, condition }, execution, this.residence);
  }

  private async loadImageDecoder(): Promise<InferenceSession> {
    const { graph, folder } = await this.imageDecoderGraph();
    return openSession(graph, folder, this.execution, 'many', [], 'given back');
  }

  private async imageDecoderGraph(): Promise<{ graph: Uint8Array<ArrayBuffer>; folder: string }> {
    const vq = imageDecoderOf(this.model);
    const checkpoint = await Checkpoint.open(this.model.folder, vq.weights);
    const graph = buildVqDecoderGraph(vq, this.grid, checkpoint, this.execution.provider);
    return { graph, folder: checkpoint.folder };
  }
}

/** A picture's red, green and blue planes [3, height, width], nominally -1..1. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly planes: Float32Array;
}

/** Pixels as 8-bit RGB. Values outside -1..1 are cut off. */
export function toImage({ width, height, planes }: Pixels): DecodedImage {
  const pixels = width * height;
  const rgb = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < pixels; i++) {
      const value = planes[channel * pixels + i] ?? 0;
      rgb[3 * i + channel] = Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 255);
    }
  }
  return { width, height, rgb };
}
