import { Checkpoint } from '../model/checkpoint';
import type { ExecutionOptions } from '../model/inference-session';
import { transformerMemory } from '../model/llamagen/transformer-memory';
import { cacheCapacity } from '../model/llamagen/transformer-graph';
import {
  feedForwardWidth,
  transformerTensors,
  type TransformerTensor,
} from '../model/llamagen/transformer-weights';
import { transformerOf, type ModelFolder } from '../model/model-folder';
import { prefixLength } from '../model/model-manifest';
import type { MachineLimits } from './machine-limits';

const FLOAT_BYTES = 4;

/** The size of a pass, as far as its cost depends on it. */
export interface PassSize {
  /** Number of tokens that are fed. */
  readonly fed: number;
  /** Number of fed tokens that predict. */
  readonly predicting: number;
  /** Number of sequence positions that have keys and values, the pass's own included. */
  readonly there: number;
}

/** The cost of a pass: bytes that every implementation must read, and operations that it must compute. */
export class PassCost {
  private constructor(
    /** Positions that the condition takes. */
    readonly prefix: number,
    /** 2 with guidance: each half computes, and has its own keys and values. */
    private readonly halves: number,
    private readonly weightBytes: number,
    private readonly positionBytes: number,
    private readonly operations: {
      /** Operations for each token: the matrices of all blocks. */
      readonly token: number;
      /** Operations for each token that predicts: the output layer. */
      readonly prediction: number;
      /** Operations for each token and each position that the token may look at. */
      readonly attention: number;
    },
  ) {}

  /**
   * Computes the costs from the model's files. A pass reads only the tokens' rows of the embedding table, so the table is
   * not counted.
   * @throws ModelError, WeightsError
   */
  static async of(
    model: ModelFolder,
    { provider, precision = 'stored' }: Pick<ExecutionOptions, 'provider' | 'precision'>,
    guidance: number,
  ): Promise<PassCost> {
    const { folder, manifest } = model;
    const transformer = transformerOf(model);
    const [height, width] = manifest.grid;
    const shape = { ...transformer, grid: { height, width }, prefix: prefixLength(manifest.condition) };
    const hidden = feedForwardWidth(await Checkpoint.open(folder, transformer.weights), transformer.dim);
    const { weights, cache } = transformerMemory(shape, hidden);
    const tensors = transformerTensors(shape, hidden);
    const [linear, output] = [elements(tensors, 'linear'), elements(tensors, 'output')];
    // The CPU provider widens float16 when it opens a model.
    const isHalved = precision === 'float16' && provider !== 'cpu';
    const saved = isHalved ? (FLOAT_BYTES / 2) * (linear + output) : 0;
    const embeddings = FLOAT_BYTES * shape.vocab * shape.dim;
    const halves = guidance === 1 ? 1 : 2;
    return new PassCost(
      shape.prefix,
      halves,
      weights[precision === 'float16' ? 'stored' : precision] - embeddings - saved,
      (cache * halves) / 2 / cacheCapacity(shape),
      { token: 2 * linear, prediction: 2 * output, attention: 4 * shape.layers * shape.dim },
    );
  }

  bytes({ there }: PassSize): number {
    return this.weightBytes + there * this.positionBytes;
  }

  /** Number of multiplications and additions, each counted as one. */
  operationsOf({ fed, predicting, there }: PassSize): number {
    const { token, prediction, attention } = this.operations;
    return this.halves * (fed * (token + there * attention) + predicting * prediction);
  }

  /** Least time of these passes in ms. Each pass reads its bytes and computes, and may do both at once. */
  floorMs(passes: readonly PassSize[], { readBandwidth, operationPeak }: MachineLimits): number {
    return passes.reduce(
      (ms, pass) =>
        ms + 1000 * Math.max(this.bytes(pass) / readBandwidth, this.operationsOf(pass) / operationPeak),
      0,
    );
  }
}

function elements(tensors: readonly TransformerTensor[], wanted: TransformerTensor['role']): number {
  return tensors
    .filter(({ role }) => role === wanted)
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
