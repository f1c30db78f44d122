import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  headProducts,
  queryProducts,
  type AttentionProducts,
} from '../../../sidecar/model/blocks/attention-products';
import { GraphBuilder, type Value } from '../../../sidecar/model/onnx/graph-builder';
import { runtime } from '../../../sidecar/chosen-runtime';
import { HostTensor, type Tensor, type Tensors } from '../../../sidecar/runtime/tensor';

const [BATCH, SLOTS, HEAD_DIM] = [2, 5, 4];

/** Makes a tensor whose numbers differ at each place. */
function numbers(shape: readonly number[], factor: number): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return new HostTensor(
    'float32',
    Float32Array.from({ length }, (_, i) => Math.sin(factor * (i + 1))),
    shape,
  );
}

/** The products written out, one at a time: x [B, heads, n, a] and y [B, kvHeads, S, headDim]. */
function literally(
  x: Tensor,
  y: Tensor,
  number: (x: (i: number) => number, y: (slot: number, i: number) => number, column: number) => number,
  columns: number,
): number[] {
  const [batch = 0, heads = 0, n = 0, width = 0] = x.dims;
  const [, kvHeads = 0, slots = 0, headDim = 0] = y.dims;
  const [from, by] = [x.data as Float32Array, y.data as Float32Array];
  const result: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let head = 0; head < heads; head++)
      for (let query = 0; query < n; query++)
        for (let column = 0; column < columns; column++) {
          const row = (b * heads + head) * n + query;
          const keyHead = b * kvHeads + Math.floor((head * kvHeads) / heads);
          result.push(
            number(
              (i) => from[row * width + i] ?? NaN,
              (slot, i) => by[(keyHead * slots + slot) * headDim + i] ?? NaN,
              column,
            ),
          );
        }
  return result;
}

describe.each([
  [4, 4],
  [4, 2],
  [6, 1],
])('attention of %i heads over %i heads of keys', (heads, kvHeads) => {
  it.each([1, 3, 8, 9])('multiplies %i queries head by head and query by query alike', async (n) => {
    const [queries, weights] = [
      numbers([BATCH, heads, n, HEAD_DIM], 0.7),
      numbers([BATCH, heads, n, SLOTS], 0.3),
    ];
    const keys = numbers([BATCH, kvHeads, SLOTS, HEAD_DIM], 0.9);
    const sum = (length: number, term: (i: number) => number): number =>
      Array.from({ length }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
    const scores = literally(queries, keys, (q, k, slot) => sum(HEAD_DIM, (i) => q(i) * k(slot, i)), SLOTS);
    const mixed = literally(weights, keys, (w, v, i) => sum(SLOTS, (slot) => w(slot) * v(slot, i)), HEAD_DIM);
    const counts = { heads, kvHeads, headDim: HEAD_DIM };
    for (const products of [headProducts, queryProducts]) {
      const run = await outputs((graph, length) => products(graph, counts, length), n, {
        queries,
        weights,
        keys,
      });
      expect(run.scores?.dims).toEqual([BATCH, heads, n, SLOTS]);
      expect(run.mixed?.dims).toEqual([BATCH, heads, n, HEAD_DIM]);
      for (const [i, value] of scores.entries()) expect(run.scores?.data[i]).toBeCloseTo(value, 5);
      for (const [i, value] of mixed.entries()) expect(run.mixed?.data[i]).toBeCloseTo(value, 5);
    }
  });
});

async function outputs(
  products: (graph: GraphBuilder, n: Value) => AttentionProducts,
  n: number,
  { queries, weights, keys }: Readonly<Record<'queries' | 'weights' | 'keys', Tensor>>,
): Promise<Tensors> {
  const graph = new GraphBuilder('products', tmpdir());
  const input = (name: string, { dims }: Tensor): Value => graph.input(name, 'float32', [...dims]);
  const length = graph.input('n', 'int64', [1]);
  const attention = products(graph, length);
  const all = input('keys', keys);
  graph.output(attention.scores(input('queries', queries), all), 'scores', 'float32', ['b', 'h', 'n', 's']);
  graph.output(attention.mix(input('weights', weights), all), 'mixed', 'float32', ['b', 'h', 'n', 'd']);
  const session = await runtime.open(graph.build(), tmpdir(), { provider: 'cpu', threads: 1 });
  const run = await session.run({
    queries,
    weights,
    keys,
    n: new HostTensor('int64', BigInt64Array.of(BigInt(n)), [1]),
  });
  await session.release();
  return run;
}
