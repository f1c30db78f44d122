import { GraphBuilder } from '../onnx/graph-builder';
import { discardFromDevice } from './device-tensors';
import { cacheNames, type CacheEntry, type CacheShape, type KeyValueCache } from './kv-cache';
import type { Program } from '../../runtime/runtime';
import { HostTensor, type Tensor, type Tensors } from '../../runtime/tensor';

/**
 * The number of recent slots above which they are merged into the past slots. Each step copies the recent slots, and each
 * merge copies all slots. A run with P slots and n tokens in each step copies least if it merges at sqrt(2 P n) slots. This
 * is 45 to 130 for P = 256 to 1024 and n = 4 to 8.
 */
const MERGED_AT = 64;

/**
 * The share of forgotten slots among the past slots. Above this share, the forgotten slots are dropped. Dropping copies all
 * other slots, so it happens seldom.
 */
const DROPPED_AT = 0.25;

/** The position of a slot that no query sees. It is lower than every position that a query sees. */
const NOWHERE = -1e9;
/** The number that stands for an infinite time on the device. The mask of the graph compares finite numbers only. */
const ENDLESS = 1e9;

/** The graphs, opened by ONNX Runtime, that a cache on a device needs. */
export interface CacheSessions {
  /** Runs `buildCacheMergeGraph`. */
  readonly cacheMerger: Program;
  /** Runs `buildCacheDropGraph`. */
  readonly cacheDropper: Program;
}

/**
 * Keeps keys and values on the device, in the order of decoding. Attention does not depend on the order of keys. So a new
 * entry gets a new slot at the end, and no slot is overwritten.
 *
 * The slots form two groups. A step reads the *past* slots in place. It returns the *recent* slots together with its own new
 * slots as one tensor. This tensor stays on the device, and the next step reads it. When the recent slots are many, they are
 * merged into the past slots, one tensor after another.
 *
 * A forgotten entry is hidden from the next step on. Its slot is dropped later, together with other forgotten slots.
 */
export class DeviceKeyValueCache implements KeyValueCache {
  private readonly names: readonly string[];
  private past: ReadonlyMap<string, Tensor>;
  private recent: ReadonlyMap<string, Tensor>;
  /**
   * The entry in each past slot; undefined for a slot without an entry. The first slot always exists and has no entry. So no
   * tensor is empty, because ONNX Runtime may not accept empty tensors.
   */
  private pastEntries: (CacheEntry | undefined)[] = [undefined];
  private recentEntries: (CacheEntry | undefined)[] = [undefined];

  constructor(
    private readonly shape: CacheShape,
    private readonly sessions: CacheSessions,
  ) {
    this.names = cacheNames(shape.layers);
    const dims = [shape.padded.length, shape.kvHeads, 1, shape.headDim];
    const unwritten = new HostTensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims);
    this.past = new Map(this.names.map((name) => [name, unwritten]));
    this.recent = this.past;
  }

  feedsFor(entries: readonly CacheEntry[]): Tensors {
    const fresh = [...this.recentEntries, ...entries];
    const own = this.perHalf(entries, (half, entry) => this.keyPosition(half, entry));
    return {
      past_positions: this.keyPositions(this.pastEntries),
      new_positions: this.keyPositions(fresh),
      past_spans: spansOf(this.pastEntries),
      new_spans: spansOf(fresh),
      query_times: new HostTensor(
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

  /** @param outputs tensors [halves, kvHeads, recent and new slots, headDim] */
  async keep(outputs: Tensors, entries: readonly CacheEntry[]): Promise<void> {
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
    // The prompt's entries are merged at once. Before the merge, the empty first slots are still in host memory, and each step
    // would copy them to the device.
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

  /** Drops the past slots without an entry when their share exceeds `DROPPED_AT`. The first slot stays. */
  private async dropForgotten(past: Map<string, Tensor>): Promise<void> {
    const stay = this.pastEntries.flatMap((entry, slot) => (entry || slot === 0 ? [slot] : []));
    if (this.pastEntries.length - stay.length <= DROPPED_AT * this.pastEntries.length) return;
    const slots = new HostTensor('int64', BigInt64Array.from(stay, BigInt), [stay.length]);
    for (const name of this.names) {
      const { kept } = await this.sessions.cacheDropper.run({ past: tensorOf(past, name), slots });
      if (!kept) throw new Error('The cache was not shortened.');
      discardFromDevice(tensorOf(past, name));
      past.set(name, kept);
    }
    this.pastEntries = stay.map((slot) => this.pastEntries[slot]);
  }

  /**
   * The position of a key in the comparison with the positions that a query sees. A padding token has a negative position,
   * from -1 downwards. Only the query of the same padding token sees this position.
   */
  private keyPosition(half: number, entry: CacheEntry | undefined): number {
    if (!entry) return NOWHERE;
    const { position } = entry;
    return this.shape.padded[half]?.[position] === true ? -1 - position : position;
  }

  private keyPositions(entries: readonly (CacheEntry | undefined)[]): Tensor {
    const values = this.perHalf(entries, (half, entry) => this.keyPosition(half, entry));
    return new HostTensor('float32', Float32Array.from(values), [
      this.shape.padded.length,
      1,
      1,
      entries.length,
    ]);
  }

  private perHalf<T>(entries: readonly T[], valueOf: (half: number, entry: T) => number): number[] {
    return this.shape.padded.flatMap((_, half) => entries.map((entry) => valueOf(half, entry)));
  }
}

/** The time from which each entry is seen, and the time from which it is no longer seen: [2, 1, 1, entries]. */
function spansOf(entries: readonly (CacheEntry | undefined)[]): Tensor {
  const spans = [
    ...entries.map((entry) => finite(entry?.time ?? 0)),
    ...entries.map((entry) => finite(entry?.until ?? Infinity)),
  ];
  return new HostTensor('float32', Float32Array.from(spans), [2, 1, 1, entries.length]);
}

function finite(time: number): number {
  return Math.min(Math.max(time, -ENDLESS), ENDLESS);
}

/**
 * Builds a graph that keeps some slots of a tensor. Inputs: `past` [B, kvHeads, P, headDim] and `slots` int64 [K], ascending.
 * Output: `kept` [B, kvHeads, K, headDim].
 */
export function buildCacheDropGraph(kvHeads: number, headDim: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('cache-drop', '');
  const past = graph.input('past', 'float32', ['batch', kvHeads, 'past', headDim]);
  const slots = graph.input('slots', 'int64', ['kept']);
  const kept = graph.op('Gather', [past, slots], { axis: 2 });
  graph.output(kept, 'kept', 'float32', ['batch', kvHeads, 'kept', headDim]);
  return graph.build();
}

/**
 * Builds a graph that appends the recent slots to the past slots. Inputs: `past` [B, kvHeads, P, headDim] and `recent`
 * [B, kvHeads, R, headDim]. Outputs: `merged` [B, kvHeads, P + R, headDim] and `last` [B, kvHeads, 1, headDim]. `last` is a
 * copy of the last recent slot. It becomes the first slot of the new recent slots, and has no entry.
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

/** A tensor [batch, 1, n, 1] from values [batch * n]. */
function columns(values: readonly number[], batch: number): Tensor {
  return new HostTensor('float32', Float32Array.from(values), [batch, 1, values.length / batch, 1]);
}
