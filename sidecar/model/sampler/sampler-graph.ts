import { GraphBuilder, type Value } from '../onnx/graph-builder';

/** Its negative stands for -Infinity, which is no number to calculate with: beyond any logit that counts, far from overflow. */
const ENDLESS = 1e30;
/** No logit that counts is as large. */
const TOO_LARGE = 1e29;
/** Times the temperature: the lowest logit, counted from the likeliest, that is looked at. exp(-120) is 0 in float32. */
const LOWEST_EXPONENT = -120;

/** Columns of `choices`. */
export const CHOICE_COLUMNS = ['token', 'probability', 'entropy', 'clearance'] as const;

/**
 * Guidance and the draw of `decoding/sampling.ts` as an ONNX graph of operators that ONNX Runtime's WebGPU provider has, all of
 * them (1.30: none falls back to the CPU), so that logits computed on a device are drawn from where they are.
 *
 * Inputs:
 * - `logits` float [B, m, vocab]; of B = 2 halves the second is the unconditional one
 * - `guidance` float [1], of no effect where B = 1
 * - `temperature` float [1]; `top_k` float [1], vocab for all; `top_p` float [1], 2 for all
 * - `uniform` float [m, 1]; one below 0 takes the likeliest token
 * - `margin` float [1]: share of the whole probability that rounding may move a cumulated one by
 *
 * Output: `choices` float [m, 4], the CHOICE_COLUMNS: token; its probability; entropy of the distribution, nats; clearance:
 * share of the whole probability that the draw is away from yielding another token, -1 or no number where the logits are no
 * numbers. Where it is not above `margin`, float32 cannot tell which token double precision would draw.
 */
export function buildSamplerGraph(vocab: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('sampler', '');
  const temperature = graph.input('temperature', 'float32', [1]);
  const topK = graph.input('top_k', 'float32', [1]);
  const topP = graph.input('top_p', 'float32', [1]);
  const uniform = graph.input('uniform', 'float32', ['m', 1]);
  const margin = graph.input('margin', 'float32', [1]);
  const zero = scalar(graph, 0);
  const ranks = Float32Array.from({ length: vocab }, (_, rank) => rank);
  const rank = graph.float32(ranks, [1, vocab]);
  const sum = (x: Value): Value => graph.op('ReduceSum', [x, graph.int64([1])], { keepdims: 1 });
  const distance = (a: Value, b: Value): Value => graph.op('Abs', [graph.op('Sub', [a, b])]);

  // Likeliest first, ties by index: TopK's order. Everything from here on is [m, vocab] in that order, or [m, 1].
  const logits = graph.input('logits', 'float32', ['batch', 'm', vocab]);
  const [ranked, tokens] = graph.ops('TopK', [guidedLogits(graph, logits), graph.int64([vocab])], 2, {
    axis: 1,
  });
  if (ranked === undefined || tokens === undefined) throw new Error('TopK yields values and indices.');
  const likeliest = graph.op('Gather', [ranked, graph.int64([0])], { axis: 1 });
  const lowest = graph.op('Mul', [temperature, scalar(graph, LOWEST_EXPONENT)]);
  const exponents = graph.op('Div', [
    graph.op('Max', [graph.op('Sub', [ranked, likeliest]), lowest]),
    temperature,
  ]);

  const inTopK = graph.op('Less', [rank, topK]);
  const weights = graph.op('Where', [inTopK, graph.op('Exp', [exponents]), zero]);
  const cumulated = cumulate(graph, weights, vocab);

  // The nucleus is measured within the top k: a token is kept if those before it do not reach p yet.
  const mass = sum(weights);
  const before = graph.op('Sub', [cumulated, weights]);
  const cut = graph.op('Mul', [mass, topP]);
  const isKept = graph.op('Less', [before, cut]);
  const kept = graph.op('Where', [isKept, weights, zero]);
  const total = sum(kept);

  // The token drawn has as many ranks before it as have cumulated no more than the target.
  const target = graph.op('Mul', [uniform, total]);
  const reached = graph.op('Where', [isKept, cumulated, scalar(graph, ENDLESS)]);
  const drawn = sum(graph.cast(graph.op('LessOrEqual', [reached, target]), 'float32'));
  const isDrawn = graph.op('Equal', [rank, drawn]);
  const tokenNumbers = graph.op('Gather', [graph.float32(ranks, [vocab]), tokens], { axis: 0 }); // a Cast of int64 would run on the CPU
  const token = sum(graph.op('Where', [isDrawn, tokenNumbers, zero]));
  const probability = graph.op('Div', [sum(graph.op('Where', [isDrawn, kept, zero])), total]);
  const entropy = graph.op('Sub', [
    graph.op('Log', [total]),
    graph.op('Div', [sum(graph.op('Mul', [kept, exponents])), total]),
  ]);

  // A token that rounding might have put on the other side of the nucleus' edge moves the target by its weight at most.
  const nearCut = graph.op('Less', [distance(before, cut), graph.op('Mul', [mass, margin])]);
  const uncertain = sum(graph.op('Where', [nearCut, weights, zero]));
  const nearest = graph.op('ReduceMin', [distance(reached, target), graph.int64([1])], { keepdims: 1 });
  const clearance = graph.op('Div', [graph.op('Sub', [nearest, uncertain]), total]);
  const isSound = graph.op('Less', [graph.op('Abs', [likeliest]), scalar(graph, TOO_LARGE)]);
  const areNumbers = graph.op('Equal', [sum(numbers(graph, logits)), scalar(graph, vocab)]);
  const unsound = scalar(graph, -1);
  const certainty = graph.op('Where', [
    isSound,
    graph.op('Where', [areNumbers, clearance, unsound]),
    unsound,
  ]);

  graph.output(
    graph.op('Concat', [token, probability, entropy, certainty], { axis: 1 }),
    'choices',
    'float32',
    ['m', CHOICE_COLUMNS.length],
  );
  return graph.build();
}

/** [B, m, vocab] -> [m, vocab], as `guide` computes them: operator by operator, each rounded to float32. */
function guidedLogits(graph: GraphBuilder, logits: Value): Value {
  const guidance = graph.input('guidance', 'float32', [1]);
  const finite = graph.op('Max', [logits, scalar(graph, -ENDLESS)]);
  const conditional = graph.op('Gather', [finite, graph.int64(0)], { axis: 0 });
  const unconditional = graph.op('Gather', [finite, graph.int64(-1)], { axis: 0 });
  const difference = graph.op('Sub', [conditional, unconditional]);
  return graph.op('Add', [unconditional, graph.op('Mul', [difference, guidance])]);
}

/** [B, m, vocab] -> [m, vocab]: 1 where all halves have a number or -Infinity, else 0. */
function numbers(graph: GraphBuilder, logits: Value): Value {
  const areNumbers = graph.op('Less', [logits, scalar(graph, TOO_LARGE)]); // NaN is not
  return graph.op('ReduceMin', [graph.cast(areNumbers, 'float32'), graph.int64([0])], { keepdims: 0 });
}

/**
 * Cumulated sums along [m, length]. In blocks, then of blocks: the WebGPU provider's CumSum adds up anew for every place, and
 * fewer terms in a row round less.
 */
function cumulate(graph: GraphBuilder, x: Value, length: number): Value {
  const width = blockWidth(length);
  const blocks = graph.op('Reshape', [x, graph.int64([0, length / width, width])]);
  const within = graph.op('CumSum', [blocks, graph.int32(2)]);
  const sums = graph.op('ReduceSum', [blocks, graph.int64([2])], { keepdims: 1 });
  const offsets = graph.op('CumSum', [sums, graph.int32(1)], { exclusive: 1 });
  return graph.op('Reshape', [graph.op('Add', [within, offsets]), graph.int64([0, length])]);
}

/** The largest divisor up to the square root. */
function blockWidth(length: number): number {
  let width = Math.floor(Math.sqrt(length));
  while (length % width !== 0) width--;
  return width;
}

function scalar(graph: GraphBuilder, value: number): Value {
  return graph.float32(Float32Array.of(value), [1]);
}
