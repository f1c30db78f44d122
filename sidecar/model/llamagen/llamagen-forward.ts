import type { InferenceSession } from 'onnxruntime-node';
import { guide } from '../../decoding/classifier-free-guidance';
import type { Draws, Forward, Sampler, TokenInput } from '../../decoding/forward';
import type { PassCosts } from '../../decoding/pass-costs';
import { chooseTokens, type Choice } from '../../decoding/sampling';
import { RasterLayout, type SequenceLayout } from '../../decoding/sequence-layout';
import { Tensor } from '../onnx-runtime';
import type { GraphSampler } from '../sampler/graph-sampler';
import type { ConditionInput } from './condition';
import { DeviceKeyValueCache, type CacheSessions } from './device-kv-cache';
import { discardFromDevice } from './device-tensors';
import { HostKeyValueCache } from './host-kv-cache';
import type { CacheEntry, KeyValueCache } from './kv-cache';
import { cacheCapacity, type TransformerShape } from './transformer-graph';

/** A transformer that is ready to run: its weights are loaded, and it holds no state of a run. */
export interface LoadedTransformer {
  readonly shape: TransformerShape;
  readonly session: InferenceSession;
  readonly conditionSession: InferenceSession;
  /** Sessions for a transformer whose keys, values and logits stay on the device; absent for others. */
  readonly device?: DeviceSessions | undefined;
  /** Draws from the logits without fetching them; absent where the logits are in host memory. */
  readonly sampler?: GraphSampler | undefined;
}

/** Sessions that work with tensors on a device. */
export interface DeviceSessions extends CacheSessions {
  /** Fetches logits when a caller asks for them: runs `buildLogitsReaderGraph`. */
  readonly logitsReader: InferenceSession;
}

/** The content of the picture, and how strongly the prompt counts. */
export interface Guidance {
  readonly condition: ConditionInput;
  /** The empty condition. It runs beside the other condition in one batch when `scale` is not 1. */
  readonly unconditional: ConditionInput;
  readonly scale: number;
}

/** The inputs of a pass. */
interface Pass {
  readonly entries: readonly CacheEntry[];
  readonly tokens: readonly number[];
  /** The condition's hidden states. They replace the tokens' embeddings. */
  readonly hidden: Tensor | undefined;
  /** Indices into `entries`. */
  readonly predicting: readonly number[];
}

/** One picture's passes through a LlamaGen transformer. It keeps keys and values from pass to pass. */
export class LlamaGenForward implements Forward {
  readonly layout: SequenceLayout;
  readonly sampler: Sampler | undefined;
  private readonly halves: readonly ConditionInput[];
  private cache: KeyValueCache | undefined;
  private readonly entryOf = new Map<TokenInput, CacheEntry>();
  private readonly noCondition: Tensor;

  constructor(
    private readonly model: LoadedTransformer,
    private readonly guidance: Guidance,
    readonly costs?: PassCosts,
  ) {
    this.layout = new RasterLayout(model.shape.grid);
    this.halves = guidance.scale === 1 ? [guidance.condition] : [guidance.condition, guidance.unconditional];
    this.noCondition = new Tensor('float32', new Float32Array(1), [1, 1, 1]);
    const { sampler } = model;
    this.sampler = sampler && {
      start: async (draws) => this.choose(sampler, await this.promptPass(), draws),
      step: (inputs, predicting, draws) => this.choose(sampler, this.tokenPass(inputs, predicting), draws),
    };
  }

  async start(): Promise<Float32Array> {
    const [logits] = await this.logitsOf(await this.promptPass());
    if (!logits) throw new Error('The prompt pass put out no logits.');
    return logits;
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]> {
    return this.logitsOf(this.tokenPass(inputs, predicting));
  }

  forget(inputs: readonly TokenInput[]): void {
    const entries = inputs.map((input) => {
      const entry = this.entryOf.get(input);
      if (!entry) throw new Error(`No input at position ${input.position} is kept.`);
      this.entryOf.delete(input);
      return entry;
    });
    this.cache?.forget(entries);
  }

  release(): void {
    this.cache?.release();
    this.cache = undefined;
    this.entryOf.clear();
  }

  /** Begins a new picture. */
  private async promptPass(): Promise<Pass> {
    const { shape, conditionSession } = this.model;
    this.release();
    this.cache = this.newCache();
    const { hidden } = await conditionSession.run({ [this.conditionName()]: this.conditionTensor() });
    if (!hidden) throw new Error('The condition graph put out no hidden states.');
    // The prompt is visible from the beginning, and sees only itself.
    const entries = Array.from({ length: shape.prefix }, (_, position) => ({
      position,
      time: -Infinity,
      until: Infinity,
    }));
    return { entries, tokens: entries.map(() => 0), hidden, predicting: [shape.prefix - 1] };
  }

  private tokenPass(inputs: readonly TokenInput[], predicting: readonly number[]): Pass {
    const entries = inputs.map((input) => {
      const { position, time = 0, until = Infinity } = input;
      const entry = { position: this.model.shape.prefix + position, time, until };
      this.entryOf.set(input, entry);
      return entry;
    });
    return {
      entries,
      tokens: inputs.map((input) => input.token),
      hidden: undefined,
      predicting,
    };
  }

  private newCache(): KeyValueCache {
    const { shape, device } = this.model;
    const cacheShape = {
      layers: shape.layers,
      kvHeads: shape.kvHeads,
      capacity: cacheCapacity(shape),
      headDim: shape.dim / shape.heads,
      padded: this.halves.map((half) => half.padded),
    };
    return device ? new DeviceKeyValueCache(cacheShape, device) : new HostKeyValueCache(cacheShape);
  }

  private conditionName(): string {
    return this.guidance.condition.kind === 'ids' ? 'ids' : 'caption';
  }

  /** The conditions of both halves in one batch. */
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

  /** Guided logits of each predicting entry, valid until the next pass. */
  private async logitsOf(pass: Pass): Promise<Float32Array[]> {
    const logits = await this.run(pass);
    try {
      return this.guidedRows(await this.toHost(logits), pass.predicting.length);
    } finally {
      discardFromDevice(logits);
    }
  }

  private async choose(sampler: GraphSampler, pass: Pass, draws: Draws): Promise<readonly Choice[]> {
    const logits = await this.run(pass);
    try {
      const choices = await sampler.choose(logits, this.guidance.scale, draws);
      if (choices) return choices;
      const rows = this.guidedRows(await this.toHost(logits), pass.predicting.length);
      return chooseTokens(rows, draws);
    } finally {
      discardFromDevice(logits);
    }
  }

  private async toHost(logits: Tensor): Promise<Tensor> {
    if (logits.location === 'cpu') return logits;
    const outputs = await this.model.device?.logitsReader.run({ logits });
    if (!outputs?.on_host) throw new Error('The logits could not be fetched.');
    return outputs.on_host;
  }

  /** @returns logits [B, m, vocab], on the device that computed them or in host memory */
  private async run(pass: Pass): Promise<Tensor> {
    const { cache } = this;
    if (!cache) throw new Error('start() comes before step().');
    const { entries, tokens, hidden, predicting } = pass;
    const batch = this.halves.length;
    const n = entries.length;
    const perHalf = (values: readonly number[]): number[] => this.halves.flatMap(() => values);
    const outputs = await this.model.session.run({
      tokens: int64Tensor(perHalf(tokens), [batch, n]),
      positions: int64Tensor(perHalf(entries.map(({ position }) => position)), [batch, n]),
      condition: hidden ?? this.noCondition,
      is_condition: new Tensor('bool', Uint8Array.of(hidden ? 1 : 0), [1]),
      predicting: int64Tensor(predicting, [predicting.length]),
      ...cache.feedsFor(entries),
    });
    await cache.keep(outputs, entries);
    if (!outputs.logits) throw new Error('The transformer put out no logits.');
    return outputs.logits;
  }

  /** [B, m, vocab] -> m rows of guided logits. */
  private guidedRows({ data }: Tensor, count: number): Float32Array[] {
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
