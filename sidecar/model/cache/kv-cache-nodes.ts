import type { GraphBuilder, Value } from '../onnx/graph-builder';
import { HIDDEN_SCORE } from './hidden-score';

/** What attention receives of the keys and values of earlier passes. Lengths are int64 [1]. */
export interface CacheNodes {
  readonly pastLength: Value;
  readonly newLength: Value;
  /** Added to the scores: [B, 1, n, pastLength + newLength]. */
  readonly mask: Value;
  /** Declares a layer's inputs. @param own keys and values of the pass itself, [B, kvHeads, n, headDim] */
  layer(layer: number, own: KeysAndValues): LayerCache;
  /** Declares the outputs that the caller keeps, after all layers are declared. */
  outputs(): void;
}

export interface KeysAndValues {
  readonly key: Value;
  readonly value: Value;
}

/** Keys and values [B, kvHeads, pastLength or newLength, headDim]. The new ones include those of the pass itself. */
export interface LayerCache {
  readonly past: KeysAndValues;
  readonly fresh: KeysAndValues;
}

export interface CacheNodesShape {
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * The nodes for `HostKeyValueCache`. The cache itself never passes through the graph, so no step copies it. The keys and
 * values of the pass come back in one output, because each output costs some microseconds in JavaScript.
 */
export function hostCacheNodes(
  graph: GraphBuilder,
  { kvHeads, headDim }: CacheNodesShape,
  n: Value,
): CacheNodes {
  const mask = graph.input('mask', 'float32', ['batch', 1, 'n', 'slots_and_n']);
  const width = graph.op('Shape', [mask], { start: 3, end: 4 });
  const fresh: Value[] = [];
  return {
    pastLength: graph.op('Sub', [width, n]),
    newLength: n,
    mask,
    layer: (layer, own) => {
      const past = (name: string): Value =>
        graph.input(`past_${name}_${layer}`, 'float32', ['batch', kvHeads, 'slots', headDim]);
      fresh.push(own.key, own.value);
      return { past: { key: past('key'), value: past('value') }, fresh: own };
    },
    outputs: () => {
      graph.output(graph.op('Concat', fresh, { axis: 0 }), 'keys_values', 'float32', [
        'layers_batch',
        kvHeads,
        'n',
        headDim,
      ]);
    },
  };
}

/**
 * The nodes for `DeviceKeyValueCache`. A pass only reads the many past slots. It appends its own keys and values to the few
 * recent slots, and returns both.
 */
export function deviceCacheNodes(graph: GraphBuilder, { kvHeads, headDim }: CacheNodesShape): CacheNodes {
  const pastPositions = graph.input('past_positions', 'float32', ['batch', 1, 1, 'past']);
  const newPositions = graph.input('new_positions', 'float32', ['batch', 1, 1, 'new']);
  const pastSpans = graph.input('past_spans', 'float32', [2, 1, 1, 'past']);
  const newSpans = graph.input('new_spans', 'float32', [2, 1, 1, 'new']);
  const lowest = graph.input('lowest_seen', 'float32', ['batch', 1, 'n', 1]);
  const highest = graph.input('highest_seen', 'float32', ['batch', 1, 'n', 1]);
  const times = graph.input('query_times', 'float32', [1, 1, 'n', 1]);
  const seen = graph.float32(Float32Array.of(0), [1]);
  const hidden = graph.float32(Float32Array.of(HIDDEN_SCORE), [1]);
  const maskOf = (positions: Value, spans: Value): Value => {
    const [begin, end] = graph.ops('Split', [spans, graph.int64([1, 1])], 2, { axis: 0 });
    if (begin === undefined || end === undefined) throw new Error('Split yields two parts.');
    const open = graph.op('Where', [graph.op('LessOrEqual', [end, times]), hidden, seen]);
    const begun = graph.op('Where', [graph.op('LessOrEqual', [begin, times]), open, hidden]);
    const above = graph.op('Where', [graph.op('LessOrEqual', [lowest, positions]), begun, hidden]);
    return graph.op('Where', [graph.op('LessOrEqual', [positions, highest]), above, hidden]);
  };
  const appended: [string, Value][] = [];
  return {
    pastLength: graph.op('Shape', [pastPositions], { start: 3, end: 4 }),
    newLength: graph.op('Shape', [newPositions], { start: 3, end: 4 }),
    mask: graph.op('Concat', [maskOf(pastPositions, pastSpans), maskOf(newPositions, newSpans)], { axis: 3 }),
    layer: (layer, own) => {
      const input = (name: string, length: string): Value =>
        graph.input(`${name}_${layer}`, 'float32', ['batch', kvHeads, length, headDim]);
      const append = (name: 'key' | 'value'): Value => {
        const all = graph.op('Concat', [input(`recent_${name}`, 'recent'), own[name]], { axis: 2 });
        appended.push([`${name}_${layer}`, all]);
        return all;
      };
      return {
        past: { key: input('past_key', 'past'), value: input('past_value', 'past') },
        fresh: { key: append('key'), value: append('value') },
      };
    },
    outputs: () => {
      for (const [name, value] of appended)
        graph.output(value, name, 'float32', ['batch', kvHeads, 'new', headDim]);
    },
  };
}
