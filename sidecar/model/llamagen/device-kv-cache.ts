import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graph-builder';
import { discardFromDevice } from './device-tensors';
import { cacheNames, type CacheEntry, type CacheShape, type KeyValueCache } from './kv-cache';

/**
 * Merge recent slots into the past ones when there are this many. A pass copies the recent slots, a merge all: with P slots and n
 * tokens a pass, sqrt(2 P n) copies least, which is 45 to 140 for 16x16 to 32x32 tokens and 4 to 8 a pass.
 */
const MERGED_AT = 64;

/** Drop forgotten slots when they are more than this share of the past ones. Dropping copies all that stay. */
const DROPPED_AT = 0.25;

/** Position of a slot that no query sees: below whatever a query looks at. */
const NOWHERE = -1e9;
/** Stands for endless times: a device compares finite numbers. */
const ENDLESS = 1e9;

/** The sessions that a cache on a device needs, with their graphs. */
export interface CacheSessions {
  /** Runs `buildCacheMergeGraph`. */
  readonly cacheMerger: InferenceSession;
  /** Runs `buildCacheDropGraph`. */
  readonly cacheDropper: InferenceSession;
}

/**
 * Kept on the device, in the order of decoding; attention does not depend on the order of keys, so no slot is ever written to.
 * A pass reads the past slots where they are, appends to the recent ones and returns those, as tensors that are fed to the next
 * pass without leaving the device. When there are many, they join the past ones, layer by layer.
 *
 * A forgotten entry is hidden at once. Its slot goes when enough of them are forgotten.
 */
export class DeviceKeyValueCache implements KeyValueCache {
  private readonly names: readonly string[];
  private past: ReadonlyMap<string, Tensor>;
  private recent: ReadonlyMap<string, Tensor>;
  /** What lies in each slot; undefined for a slot without an entry. ONNX Runtime's empty tensors are not relied on: there is always one slot. */
  private pastEntries: (CacheEntry | undefined)[] = [undefined];
  private recentEntries: (CacheEntry | undefined)[] = [undefined];

  constructor(
    private readonly shape: CacheShape,
    private readonly sessions: CacheSessions,
  ) {
    this.names = cacheNames(shape.layers);
    const dims = [shape.padded.length, shape.kvHeads, 1, shape.headDim];
    const unwritten = new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims);
    this.past = new Map(this.names.map((name) => [name, unwritten]));
    this.recent = this.past;
  }

  feedsFor(entries: readonly CacheEntry[]): Readonly<Record<string, Tensor>> {
    const fresh = [...this.recentEntries, ...entries];
    const own = this.perHalf(entries, (half, entry) => this.keyPosition(half, entry));
    return {
      past_positions: this.keyPositions(this.pastEntries),
      new_positions: this.keyPositions(fresh),
      past_spans: spansOf(this.pastEntries),
      new_spans: spansOf(fresh),
      query_times: new Tensor(
        'float32',
        Float32Array.from(entries, ({ time }) => finite(time)),
        [1, 1, entries.length, 1],
      ),
      lowest_seen: columns(
        own.map((position) => Math.min(position, 0)),
        this.shape.padded.length,
      ),
      highest_seen: columns(own, this.shape.padded.length),
      ...Object.fromEntries([...this.past].map(([name, tensor]) => [`past_${name}`, tensor])),
      ...Object.fromEntries([...this.recent].map(([name, tensor]) => [`recent_${name}`, tensor])),
    };
  }

  /** @param outputs each [batch, kvHeads, recent slots and new ones, headDim] */
  async keep(outputs: InferenceSession.ReturnType, entries: readonly CacheEntry[]): Promise<void> {
    const appended = new Map(
      this.names.map((name) => {
        const tensor = outputs[name];
        if (!tensor) throw new Error(`The graph put out no ${name}.`);
        return [name, tensor];
      }),
    );
    discardFromDevice(...this.recent.values());
    this.recent = appended;
    this.recentEntries = [...this.recentEntries, ...entries];
    // The prompt's at once: what begins in host memory would go up with every pass.
    if (this.isUnwritten || this.recentEntries.length > MERGED_AT) await this.merge();
  }

  forget(entries: readonly CacheEntry[]): void {
    const gone = new Set<CacheEntry | undefined>(entries);
    const without = (kept: readonly (CacheEntry | undefined)[]): (CacheEntry | undefined)[] =>
      kept.map((entry) => (gone.has(entry) ? undefined : entry));
    this.pastEntries = without(this.pastEntries);
    this.recentEntries = without(this.recentEntries);
  }

  release(): void {
    discardFromDevice(...this.past.values(), ...this.recent.values());
  }

  private get isUnwritten(): boolean {
    return this.pastEntries.length === 1;
  }

  private async merge(): Promise<void> {
    const past = new Map(this.past);
    const recent = new Map(this.recent);
    this.past = past;
    this.recent = recent;
    for (const name of this.names) {
      const { merged, last } = await this.sessions.cacheMerger.run({
        past: tensorOf(past, name),
        recent: tensorOf(recent, name),
      });
      if (!merged || !last) throw new Error('The cache was not merged.');
      discardFromDevice(tensorOf(past, name), tensorOf(recent, name));
      past.set(name, merged);
      recent.set(name, last);
    }
    this.pastEntries = [...this.pastEntries, ...this.recentEntries];
    this.recentEntries = [undefined];
    await this.dropForgotten(past);
  }

  /** Leaves out the slots without an entry, but the first, when they are many. */
  private async dropForgotten(past: Map<string, Tensor>): Promise<void> {
    const stay = this.pastEntries.flatMap((entry, slot) => (entry || slot === 0 ? [slot] : []));
    if (this.pastEntries.length - stay.length <= DROPPED_AT * this.pastEntries.length) return;
    const slots = new Tensor('int64', BigInt64Array.from(stay, BigInt), [stay.length]);
    for (const name of this.names) {
      const { kept } = await this.sessions.cacheDropper.run({ past: tensorOf(past, name), slots });
      if (!kept) throw new Error('The cache was not shortened.');
      discardFromDevice(tensorOf(past, name));
      past.set(name, kept);
    }
    this.pastEntries = stay.map((slot) => this.pastEntries[slot]);
  }

  /** What a key is compared by: padding counts down from -1, where only its own query looks. */
  private keyPosition(half: number, entry: CacheEntry | undefined): number {
    if (!entry) return NOWHERE;
    const { position } = entry;
    return this.shape.padded[half]?.[position] === true ? -1 - position : position;
  }

  private keyPositions(entries: readonly (CacheEntry | undefined)[]): Tensor {
    const values = this.perHalf(entries, (half, entry) => this.keyPosition(half, entry));
    return new Tensor('float32', Float32Array.from(values), [this.shape.padded.length, 1, 1, entries.length]);
  }

  private perHalf<T>(entries: readonly T[], valueOf: (half: number, entry: T) => number): number[] {
    return this.shape.padded.flatMap((_, half) => entries.map((entry) => valueOf(half, entry)));
  }
}

/** When each entry begins to be seen, and the last time before it ends: [2, 1, 1, entries]. */
function spansOf(entries: readonly (CacheEntry | undefined)[]): Tensor {
  const spans = [
    ...entries.map((entry) => finite(entry?.time ?? 0)),
    ...entries.map((entry) => finite(entry?.until ?? Infinity)),
  ];
  return new Tensor('float32', Float32Array.from(spans), [2, 1, 1, entries.length]);
}

function finite(time: number): number {
  return Math.min(Math.max(time, -ENDLESS), ENDLESS);
}

/** Keeps some slots: `past` [B, kvHeads, P, headDim] and `slots` int64 [K], ascending, to `kept` [B, kvHeads, K, headDim]. */
export function buildCacheDropGraph(kvHeads: number, headDim: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('cache-drop', '');
  const past = graph.input('past', 'float32', ['batch', kvHeads, 'past', headDim]);
  const slots = graph.input('slots', 'int64', ['kept']);
  const kept = graph.op('Gather', [past, slots], { axis: 2 });
  graph.output(kept, 'kept', 'float32', ['batch', kvHeads, 'kept', headDim]);
  return graph.build();
}

/**
 * Appends recent slots to past ones: `past` [B, kvHeads, P, headDim] and `recent` [B, kvHeads, R, headDim] to `merged`
 * [B, kvHeads, P + R, headDim]. `last` [B, kvHeads, 1, headDim] is the last recent one again, to begin anew from.
 */
export function buildCacheMergeGraph(kvHeads: number, headDim: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('cache-merge', '');
  const slots = (length: number | string): (number | string)[] => ['batch', kvHeads, length, headDim];
  const past = graph.input('past', 'float32', slots('past'));
  const recent = graph.input('recent', 'float32', slots('recent'));
  graph.output(graph.op('Concat', [past, recent], { axis: 2 }), 'merged', 'float32', slots('merged'));
  graph.output(graph.op('Gather', [recent, graph.int64([-1])], { axis: 2 }), 'last', 'float32', slots(1));
  return graph.build();
}

function tensorOf(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`The cache has no ${name}.`);
  return tensor;
}

/** [batch, 1, n, 1] of [batch * n]. */
function columns(values: readonly number[], batch: number): Tensor {
  return new Tensor('float32', Float32Array.from(values), [batch, 1, values.length / batch, 1]);
}
