import type { TransformerTensor } from '../model/family';
import { transformerOf, type ModelFolder } from '../model/model-folder';
import { cacheCapacity, transformerMemory } from '../model/transformer/transformer-memory';
import { openDescription } from '../model/transformer/transformer-weights';
import type { MachineLimits } from './machine-limits';
import type { ExecutionOptions } from '../runtime/runtime';

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
    /** Positions that the prompt takes. */
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
   * Computes the costs from the model's files. A pass reads only the tokens' rows of a table, so tables are not counted.
   * @throws ModelError, WeightsError
   */
  static async of(
    model: ModelFolder,
    { provider, precision = 'stored' }: Pick<ExecutionOptions, 'provider' | 'precision'>,
    guidance: number,
  ): Promise<PassCost> {
    const { description } = await openDescription(model.folder, transformerOf(model));
    const { tensors, promptLength, heads, cache: shape } = description;
    const { weights, cache } = transformerMemory(description);
    const [linear, output] = [elements(tensors, 'linear'), elements(tensors, 'output')];
    // The CPU provider widens float16 when it opens a model.
    const isHalved = precision === 'float16' && provider !== 'cpu';
    const saved = isHalved ? (FLOAT_BYTES / 2) * (linear + output) : 0;
    const tables = FLOAT_BYTES * elements(tensors, 'table');
    const halves = guidance === 1 ? 1 : 2;
    return new PassCost(
      promptLength,
      halves,
      weights[precision === 'float16' ? 'stored' : precision] - tables - saved,
      (cache * halves) / 2 / cacheCapacity(description),
      {
        token: 2 * linear,
        prediction: 2 * output,
        attention: 4 * shape.layers * heads * shape.headDim,
      },
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
