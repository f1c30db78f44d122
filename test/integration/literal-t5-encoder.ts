import type { T5Size } from '../checkpoints/t5-folder';

type Matrix = readonly (readonly number[])[];

/**
 * T5's encoder written out in loops from its papers (Raffel et al. 2020, arXiv 1910.10683; gated GELU after Shazeer 2020, arXiv
 * 2002.05202). It computes in float64 and shares no line with the graph. The graph must agree with it.
 * @returns the last hidden states, one row for each token
 */
export function literalT5Encoder(
  ids: readonly number[],
  size: T5Size,
  weights: ReadonlyMap<string, Float32Array>,
): Matrix {
  const { dim, heads, headDim, hidden, layers } = size;
  const matrix = (name: string, rows: number, columns: number): Matrix => {
    const data = weights.get(name);
    if (data?.length !== rows * columns) throw new Error(`${name} is not [${rows}, ${columns}].`);
    return Array.from({ length: rows }, (_, row) =>
      Array.from(data.slice(row * columns, (row + 1) * columns)),
    );
  };
  const norm = (x: Matrix, name: string): Matrix => {
    const [gain = []] = matrix(name, 1, dim);
    return x.map((row) => {
      const meanSquare = row.reduce((sum, value) => sum + value * value, 0) / dim;
      return row.map((value, i) => (value / Math.sqrt(meanSquare + 1e-6)) * (gain[i] ?? NaN));
    });
  };
  const biases = matrix('encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', 32, heads);

  const attention = (x: Matrix, block: string): Matrix => {
    const projected = ['q', 'k', 'v'].map((part) =>
      timesTransposed(x, matrix(`${block}.SelfAttention.${part}.weight`, heads * headDim, dim)),
    );
    const [q = [], k = [], v = []] = projected;
    const mixed = x.map((_, query) =>
      Array.from({ length: heads }, (__, head) => {
        const part = (row: readonly number[] | undefined): readonly number[] =>
          (row ?? []).slice(head * headDim, (head + 1) * headDim);
        const scores = x.map(
          (___, key) => dot(part(q[query]), part(k[key])) + (biases[bucketOf(key - query)]?.[head] ?? NaN),
        );
        const share = softmax(scores);
        return Array.from({ length: headDim }, (___, i) =>
          share.reduce((sum, weight, key) => sum + weight * (part(v[key])[i] ?? NaN), 0),
        );
      }).flat(),
    );
    return timesTransposed(mixed, matrix(`${block}.SelfAttention.o.weight`, dim, heads * headDim));
  };
  const feedForward = (x: Matrix, block: string): Matrix => {
    const gate = timesTransposed(x, matrix(`${block}.DenseReluDense.wi_0.weight`, hidden, dim));
    const up = timesTransposed(x, matrix(`${block}.DenseReluDense.wi_1.weight`, hidden, dim));
    const gated = gate.map((row, n) => row.map((value, i) => gelu(value) * (up[n]?.[i] ?? NaN)));
    return timesTransposed(gated, matrix(`${block}.DenseReluDense.wo.weight`, dim, hidden));
  };

  const embeddings = matrix('shared.weight', size.vocab, dim);
  let x: Matrix = ids.map((id) => embeddings[id] ?? []);
  for (let layer = 0; layer < layers; layer++) {
    const [attend, feed] = [`encoder.block.${layer}.layer.0`, `encoder.block.${layer}.layer.1`];
    x = plus(x, attention(norm(x, `${attend}.layer_norm.weight`), attend));
    x = plus(x, feedForward(norm(x, `${feed}.layer_norm.weight`), feed));
  }
  return norm(x, 'encoder.final_layer_norm.weight');
}

/**
 * The bucket of a distance. There are 32 buckets, 16 in each direction: one for each of 0..7 tokens, then ever wider ones. The
 * last one begins at 91 tokens.
 */
function bucketOf(distance: number): number {
  const firstOf = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91];
  const bucket = firstOf.filter((first) => first <= Math.abs(distance)).length - 1;
  return distance > 0 ? 16 + bucket : bucket;
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

function timesTransposed(x: Matrix, weight: Matrix): Matrix {
  return x.map((row) => weight.map((column) => dot(row, column)));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

function plus(a: Matrix, b: Matrix): Matrix {
  return a.map((row, n) => row.map((value, i) => value + (b[n]?.[i] ?? NaN)));
}
