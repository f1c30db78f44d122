import type { GraphBuilder, Value } from '../onnx/graph-builder';

/** The two products of attention. Queries and weights have `heads` heads, keys and values `kvHeads`. */
export interface AttentionProducts {
  /** Scores [B, heads, n, S] of queries [B, heads, n, headDim] and keys [B, kvHeads, S, headDim]. */
  scores(queries: Value, keys: Value): Value;
  /** Values [B, kvHeads, S, headDim] mixed by weights [B, heads, n, S]: [B, heads, n, headDim]. */
  mix(weights: Value, values: Value): Value;
}

interface HeadCounts {
  readonly heads: number;
  readonly kvHeads: number;
}

/**
 * Multiplies once for each key head. The queries of a group are laid under one another, so that each group meets its one key
 * head.
 * @param n int64 [1], tokens of the pass
 */
export function headProducts(
  graph: GraphBuilder,
  { heads, kvHeads }: HeadCounts,
  n: Value,
): AttentionProducts {
  const grouped = (x: Value): Value =>
    kvHeads === heads
      ? x
      : graph.op('Reshape', [x, graph.op('Concat', [graph.int64([0, kvHeads, -1]), lastOf(x)], { axis: 0 })]);
  const lastOf = (x: Value): Value => graph.op('Shape', [x], { start: 3, end: 4 });
  const ungrouped = (x: Value): Value =>
    kvHeads === heads
      ? x
      : graph.op('Reshape', [x, graph.op('Concat', [graph.int64([0, heads]), n, lastOf(x)], { axis: 0 })]);
  return {
    scores: (queries, keys) => ungrouped(graph.op('MatMul', [grouped(queries), transposed(graph, keys, 4)])),
    mix: (weights, values) => ungrouped(graph.op('MatMul', [grouped(weights), values])),
  };
}

/** Largest number of queries in a pass that are multiplied one by one. From about ten on, this costs as much as one product. */
const FEW = 8;

/**
 * Multiplies once for each query, where a pass has few queries. ONNX Runtime's CPU provider multiplies one row by a matrix as
 * it lies in memory. For two rows, the provider first copies the matrix into another order. Many queries meet a head in one
 * product.
 * @param n int64 [1], tokens of the pass
 */
export function queryProducts(
  graph: GraphBuilder,
  { heads, kvHeads, headDim }: HeadCounts & { readonly headDim: number },
  n: Value,
): AttentionProducts {
  const isFew = graph.op('LessOrEqual', [n, graph.int64([FEW])]);
  const products = graph.op('Where', [isFew, n, graph.int64([1])]);
  const shape = (before: readonly number[], ...after: readonly Value[]): Value =>
    graph.op('Concat', [graph.int64(before), ...after], { axis: 0 });
  // [B, kvHeads, heads a group, products, queries a product, …]
  const apart = shape(
    [0, kvHeads, heads / kvHeads],
    products,
    graph.op('Div', [n, products]),
    graph.int64([-1]),
  );
  const together = shape([0, heads], n, graph.int64([-1]));
  const forAll = graph.int64([0, kvHeads, 1, 1, -1, headDim]);
  const reshape = (x: Value, to: Value): Value => graph.op('Reshape', [x, to]);
  return {
    scores: (queries, keys) =>
      reshape(
        graph.op('MatMul', [reshape(queries, apart), transposed(graph, reshape(keys, forAll), 6)]),
        together,
      ),
    mix: (weights, values) =>
      reshape(graph.op('MatMul', [reshape(weights, apart), reshape(values, forAll)]), together),
  };
}

/** Swaps the last two of `rank` dimensions. */
function transposed(graph: GraphBuilder, x: Value, rank: number): Value {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  return graph.op('Transpose', [x], { perm: [...perm.slice(0, -2), rank - 1, rank - 2] });
}
