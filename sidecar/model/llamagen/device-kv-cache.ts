import type { InferenceSession } from 'onnxruntime-node';
import { Tensor } from '../onnx-runtime';
import { GraphBuilder } from '../onnx/graph-builder';
import { discardFromDevice } from './device-tensors';
import { cacheNames, type CacheShape, type KeyValueCache } from './kv-cache';

/**
 * Recent slots at which they join the past ones. A pass copies the recent slots, a merge all: with P slots and n tokens a pass,
 * sqrt(2 P n) copies least, which is 45 to 140 for 16x16 to 32x32 tokens and 4 to 8 a pass.
 */
const MERGED_AT = 64;

/** Position of a slot that nobody sees: replaced, or never written. Below whatever a query looks at. */
const NOWHERE = -1e9;

/**
 * Kept on the device, in the order of decoding: attention does not care about the order of keys, so no slot is ever written to.
 * A pass reads the past slots where they are, appends to the recent ones and returns those, as tensors that are fed to the next
 * pass without leaving the device. When there are many, they join the past ones, layer by layer, which is the only time that
 * all is copied.
 *
 * A position that is fed again gets a slot more, and the old one is hidden: with fixed row starts at most one a row.
 */
export class DeviceKeyValueCache implements KeyValueCache {
  private readonly names: readonly string[];
  private past: ReadonlyMap<string, Tensor>;
  private recent: ReadonlyMap<string, Tensor>;
  /** Sequence position of each slot, or NOWHERE. ONNX Runtime's empty tensors are not relied on: there is always one slot. */
  private pastPositions = [NOWHERE];
  private recentPositions = [NOWHERE];

  /** @param merger session of `buildCacheMergeGraph` */
  constructor(
    private readonly shape: CacheShape,
    private readonly merger: InferenceSession,
  ) {
    this.names = cacheNames(shape.layers);
    const dims = [shape.padded.length, shape.kvHeads, 1, shape.headDim];
    const unwritten = new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims);
    this.past = new Map(this.names.map((name) => [name, unwritten]));
    this.recent = this.past;
  }

  feedsFor(positions: readonly number[]): Readonly<Record<string, Tensor>> {
    const replaced = new Set(positions);
    const hide = (position: number): number => (replaced.has(position) ? NOWHERE : position);
    this.pastPositions = this.pastPositions.map(hide);
    this.recentPositions = this.recentPositions.map(hide);
    const own = this.perHalf(positions, (half, position) => this.keyPosition(half, position));
    return {
      past_positions: this.keyPositions(this.pastPositions),
      new_positions: this.keyPositions([...this.recentPositions, ...positions]),
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
  async keep(outputs: InferenceSession.ReturnType, positions: readonly number[]): Promise<void> {
    const appended = new Map(
      this.names.map((name) => {
        const tensor = outputs[name];
        if (!tensor) throw new Error(`The graph put out no ${name}.`);
        return [name, tensor];
      }),
    );
    discardFromDevice(...this.recent.values());
    this.recent = appended;
    this.recentPositions = [...this.recentPositions, ...positions];
    // The prompt's at once: what begins in host memory would go up with every pass.
    if (this.isUnwritten || this.recentPositions.length > MERGED_AT) await this.merge();
  }

  release(): void {
    discardFromDevice(...this.past.values(), ...this.recent.values());
  }

  private get isUnwritten(): boolean {
    return this.pastPositions.length === 1;
  }

  private async merge(): Promise<void> {
    const past = new Map(this.past);
    const recent = new Map(this.recent);
    this.past = past;
    this.recent = recent;
    for (const name of this.names) {
      const { merged, last } = await this.merger.run({
        past: tensorOf(past, name),
        recent: tensorOf(recent, name),
      });
      if (!merged || !last) throw new Error('The cache was not merged.');
      discardFromDevice(tensorOf(past, name), tensorOf(recent, name));
      past.set(name, merged);
      recent.set(name, last);
    }
    this.pastPositions = [...this.pastPositions, ...this.recentPositions];
    this.recentPositions = [NOWHERE];
  }

  /** What a key is compared by: padding counts down from -1, where only its own query looks. */
  private keyPosition(half: number, position: number): number {
    return this.shape.padded[half]?.[position] === true ? -1 - position : position;
  }

  private keyPositions(positions: readonly number[]): Tensor {
    const values = this.perHalf(positions, (half, position) => this.keyPosition(half, position));
    return new Tensor('float32', Float32Array.from(values), [
      this.shape.padded.length,
      1,
      1,
      positions.length,
    ]);
  }

  private perHalf(
    positions: readonly number[],
    valueOf: (half: number, position: number) => number,
  ): number[] {
    return this.shape.padded.flatMap((_, half) => positions.map((position) => valueOf(half, position)));
  }
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
