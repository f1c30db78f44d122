import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { guide } from '../../decoding/classifier-free-guidance';
import type { Forward, TokenInput } from '../../decoding/forward';
import type { GridShape } from '../../decoding/token-grid';
import { AttentionMask } from './attention-mask';
import type { ConditionInput } from './condition';
import { HostKeyValueCache } from './kv-cache';
import { cacheCapacity, type TransformerShape } from './transformer-graph';

/** A transformer that is ready to run: weights loaded, no state of any run. */
export interface LoadedTransformer {
  readonly shape: TransformerShape;
  readonly session: InferenceSession;
  readonly conditionSession: InferenceSession;
}

/** What the picture shall show, and how strongly. */
export interface Guidance {
  readonly condition: ConditionInput;
  /** The condition that says nothing, run beside the other in one batch when `scale` is not 1. */
  readonly unconditional: ConditionInput;
  readonly scale: number;
}

/** One picture's passes through a LlamaGen transformer: keys and values are kept from pass to pass. */
export class LlamaGenForward implements Forward {
  readonly grid: GridShape;
  private readonly halves: readonly ConditionInput[];
  private cache: HostKeyValueCache | undefined;
  private mask: AttentionMask | undefined;
  private readonly noCondition: Tensor;

  constructor(
    private readonly model: LoadedTransformer,
    private readonly guidance: Guidance,
  ) {
    this.grid = model.shape.grid;
    this.halves = guidance.scale === 1 ? [guidance.condition] : [guidance.condition, guidance.unconditional];
    this.noCondition = new Tensor('float32', new Float32Array(model.shape.dim), [1, 1, model.shape.dim]);
  }

  async start(): Promise<Float32Array> {
    const { shape } = this.model;
    this.cache = new HostKeyValueCache({
      layers: shape.layers,
      batch: this.halves.length,
      kvHeads: shape.kvHeads,
      capacity: cacheCapacity(shape),
      headDim: shape.dim / shape.heads,
    });
    this.mask = new AttentionMask(
      cacheCapacity(shape),
      this.halves.map((half) => half.padded),
    );
    const { hidden } = await this.model.conditionSession.run({
      [this.conditionName()]: this.conditionTensor(),
    });
    if (!hidden) throw new Error('The condition graph put out no hidden states.');
    const positions = Array.from({ length: shape.prefix }, (_, i) => i);
    const [logits] = await this.run({
      positions,
      tokens: positions.map(() => 0),
      hidden,
      predicting: [shape.prefix - 1],
    });
    if (!logits) throw new Error('The prompt pass put out no logits.');
    return logits;
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]> {
    return this.run({
      positions: inputs.map((input) => this.model.shape.prefix + input.position),
      tokens: inputs.map((input) => input.token),
      hidden: undefined,
      predicting,
    });
  }

  private conditionName(): string {
    return this.guidance.condition.kind === 'ids' ? 'ids' : 'caption';
  }

  /** Both halves' conditions in one batch. */
  private conditionTensor(): Tensor {
    const ids = this.halves.flatMap((half) => (half.kind === 'ids' ? half.ids : []));
    if (ids.length > 0) return int64Tensor(ids, [this.halves.length, ids.length / this.halves.length]);
    const captions = this.halves.flatMap((half) => (half.kind === 'embeddings' ? [half.embeddings] : []));
    const length = captions[0]?.length ?? 0;
    const joined = new Float32Array(captions.length * length);
    for (const [i, caption] of captions.entries()) joined.set(caption, i * length);
    return new Tensor('float32', joined, [
      captions.length,
      this.model.shape.prefix,
      length / this.model.shape.prefix,
    ]);
  }

  private async run(pass: {
    readonly positions: readonly number[];
    readonly tokens: readonly number[];
    readonly hidden: Tensor | undefined;
    readonly predicting: readonly number[];
  }): Promise<Float32Array[]> {
    const { cache, mask } = this;
    if (!cache || !mask) throw new Error('start() comes before step().');
    const { positions, tokens, hidden, predicting } = pass;
    const batch = this.halves.length;
    const n = positions.length;
    const masks = mask.forPass(positions);
    const perHalf = (values: readonly number[]): number[] => this.halves.flatMap(() => values);
    const outputs = await this.model.session.run({
      tokens: int64Tensor(perHalf(tokens), [batch, n]),
      positions: int64Tensor(perHalf(positions), [batch, n]),
      condition: hidden ?? this.noCondition,
      is_condition: new Tensor('bool', Uint8Array.of(hidden ? 1 : 0), [1]),
      past_mask: new Tensor('float32', masks.past, [batch, 1, n, cacheCapacity(this.model.shape)]),
      new_mask: new Tensor('float32', masks.fresh, [batch, 1, n, n]),
      predicting: int64Tensor(predicting, [predicting.length]),
      ...cache.feeds,
    });
    cache.write(outputs, positions);
    return this.guidedRows(outputs.logits, predicting.length);
  }

  /** [B, m, vocab] -> m rows of guided logits. */
  private guidedRows(logits: Tensor | undefined, count: number): Float32Array[] {
    const data = logits?.data;
    if (!(data instanceof Float32Array)) throw new Error('The transformer put out no logits.');
    const { vocab } = this.model.shape;
    return Array.from({ length: count }, (_, i) => {
      const row = data.subarray(i * vocab, (i + 1) * vocab);
      const { scale } = this.guidance;
      if (scale !== 1) guide(row, data.subarray((count + i) * vocab, (count + i + 1) * vocab), scale);
      return row;
    });
  }
}

function int64Tensor(values: readonly number[], shape: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}
