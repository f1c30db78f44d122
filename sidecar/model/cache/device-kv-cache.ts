import { GraphBuilder } from '../onnx/graph-builder';
import { discardFromDevice } from './device-tensors';
import { cacheNames, type CacheEntry, type CacheShape, type KeyValueCache } from './kv-cache';
import type { Program } from '../../runtime/runtime';
import { HostTensor, type Tensor, type Tensors } from '../../runtime/tensor';

/**
 * Number of recent slots at which they are merged into the past ones. A pass copies the recent slots, a merge copies all.
 * With P slots and n tokens a pass, sqrt(2 P n) copies least. This is 45 to 140 for 16x16 to 32x32 tokens and 4 to 8 tokens a
 * pass.
 */
const MERGED_AT = 64;

/** Share of forgotten slots among the past ones above which they are dropped. Dropping copies all slots that stay. */
const DROPPED_AT = 0.25;

/** Position of a slot that no query sees: lower than any position that a query looks at. */
const NOWHERE = -1e9;
/** Replaces an infinite time: a device compares finite numbers. */
const ENDLESS = 1e9;

/** The sessions that a cache on a device needs. Each holds a graph. */
export interface CacheSessions {
  /** Runs `buildCacheMergeGraph`. */
  readonly cacheMerger: Program;
  /** Runs `buildCacheDropGraph`. */
  readonly cacheDropper: Program;
}

/**
 * Keys and values kept on the device, in the order of decoding. Attention does not depend on the order of keys, so slots are
 * never overwritten.
 * A pass reads the past slots in place. It appends to the recent slots and returns them as tensors, which are fed to the next
 * pass without leaving the device. When there are many recent slots, they join the past ones, layer by layer.
 *
 * A forgotten entry is hidden at once. Its slot is dropped when enough entries are forgotten.
 */
export class DeviceKeyValueCache implements KeyValueCache {
  private readonly names: readonly string[];
  private past: ReadonlyMap<string, Tensor>;
  private recent: ReadonlyMap<string, Tensor>;
  /**
   * The entry in each slot; undefined for a slot without an entry. The first slot always exists, because we do not rely on
   * empty tensors in ONNX Runtime.
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

  /** @param outputs each [batch, kvHeads, recent slots and new ones, headDim] */
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
    // The prompt's entries are merged at once: they begin in host memory, and would be copied to the device with every pass.
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

  /** Drops the slots without an entry when they are many. The first slot stays. */
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

  /** The position that queries compare a key by. Padding counts down from -1, where only its own query looks. */
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

/** When each entry begins to be seen, and the first time at which it is not seen any more: [2, 1, 1, entries]. */
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
 * Keeps some slots. Inputs: `past` [B, kvHeads, P, headDim] and `slots` int64 [K], ascending. Output: `kept` [B, kvHeads, K,
 * headDim].
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
 * Appends recent slots to past ones. Inputs: `past` [B, kvHeads, P, headDim] and `recent` [B, kvHeads, R, headDim].
 * Outputs: `merged` [B, kvHeads, P + R, headDim]; `last` [B, kvHeads, 1, headDim], the last recent slot, with which the
 * recent slots begin again.
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
