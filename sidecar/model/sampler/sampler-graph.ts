import { GraphBuilder, type Value } from '../onnx/graph-builder';

/**
 * Its negative replaces -Infinity, with which the graph cannot calculate. It is beyond any logit that counts, and far from
 * overflow.
 */
const ENDLESS = 1e30;
/** A bound above all logits that count. */
const TOO_LARGE = 1e29;
/** Times the temperature: the lowest logit that counts, relative to the likeliest. exp(-120) is 0 in float32. */
const LOWEST_EXPONENT = -120;

/** Columns of `choices`. */
export const CHOICE_COLUMNS = ['token', 'probability', 'entropy', 'clearance'] as const;

/**
 * Guidance and the draw of `decoding/sampling.ts` as an ONNX graph. ONNX Runtime's WebGPU provider has all of its operators
 * (1.30: none falls back to the CPU). So tokens are drawn on the device that computed the logits.
 *
 * Inputs:
 * - `logits` float [B, m, vocab]; with B = 2 halves, the second is the unconditional one
 * - `guidance` float [m, 1] or [1, 1], without effect where B = 1
 * - `temperature` float [1]; `top_k` float [1], vocab for all; `top_p` float [1], 2 for all
 * - `uniform` float [m, 1]; a value below 0 takes the likeliest token
 * - `margin` float [1]: share of the whole probability by which rounding may move a cumulated one
 *
 * Output: `choices` float [m, 4], with the columns CHOICE_COLUMNS:
 * - token
 * - its probability
 * - entropy of the distribution, nats
 * - clearance: the share of the whole probability by which the draw misses another token; -1 or NaN where logits are invalid
 *
 * Where the clearance is not above `margin`, float32 cannot tell which token double precision would draw.
 */
export function buildSamplerGraph(vocab: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('sampler', '');
  const logits = graph.input('logits', 'float32', ['batch', 'm', vocab]);
  const margin = graph.input('margin', 'float32', [1]);
  const ranked = rank(graph, guidedLogits(graph, logits), vocab);
  const { weights, exponents } = weigh(graph, ranked);
  const nucleus = cutNucleus(graph, weights, vocab, margin);
  const { kept, total } = nucleus;
  const { isDrawn, nearest } = draw(graph, ranked, nucleus);

  const token = sum(graph, graph.op('Where', [isDrawn, ranked.tokens, scalar(graph, 0)]));
  const weight = sum(graph, graph.op('Where', [isDrawn, kept, scalar(graph, 0)]));
  const probability = graph.op('Div', [weight, total]);
  const entropy = graph.op('Sub', [
    graph.op('Log', [total]),
    graph.op('Div', [sum(graph, graph.op('Mul', [kept, exponents])), total]),
  ]);
  const clearance = graph.op('Div', [graph.op('Sub', [nearest, nucleus.uncertain]), total]);
  const certainty = unlessUnsound(graph, clearance, logits, ranked.likeliest, vocab);

  graph.output(
    graph.op('Concat', [token, probability, entropy, certainty], { axis: 1 }),
    'choices',
    'float32',
    ['m', CHOICE_COLUMNS.length],
  );
  return graph.build();
}

/** Logits and tokens [m, vocab] in the order of TopK: likeliest first, ties by index. */
interface Ranked {
  readonly logits: Value;
  readonly tokens: Value;
  /** 0, 1, 2 … [1, vocab]. */
  readonly ranks: Value;
  /** [m, 1] */
  readonly likeliest: Value;
}

function rank(graph: GraphBuilder, unranked: Value, vocab: number): Ranked {
  const [logits, indices] = graph.ops('TopK', [unranked, graph.int64([vocab])], 2, { axis: 1 });
  if (logits === undefined || indices === undefined) throw new Error('TopK yields values and indices.');
  const numbers = Float32Array.from({ length: vocab }, (_, i) => i);
  return {
    logits,
    // Tokens are float32: a Cast of int64 would run on the CPU, and take all tokens across the bus.
    tokens: graph.op('Gather', [graph.float32(numbers, [vocab]), indices], { axis: 0 }),
    ranks: graph.float32(numbers, [1, vocab]),
    likeliest: graph.op('Gather', [logits, graph.int64([0])], { axis: 1 }),
  };
}

/** Unnormalised probabilities and their logarithms. The likeliest token has 1; tokens outside the top k have 0. */
function weigh(
  graph: GraphBuilder,
  { logits, likeliest, ranks }: Ranked,
): { readonly weights: Value; readonly exponents: Value } {
  const temperature = graph.input('temperature', 'float32', [1]);
  const topK = graph.input('top_k', 'float32', [1]);
  const lowest = graph.op('Mul', [temperature, scalar(graph, LOWEST_EXPONENT)]);
  const difference = graph.op('Max', [graph.op('Sub', [logits, likeliest]), lowest]);
  const exponents = graph.op('Div', [difference, temperature]);
  const inTopK = graph.op('Less', [ranks, topK]);
  const weights = graph.op('Where', [inTopK, graph.op('Exp', [exponents]), scalar(graph, 0)]);
  return { weights, exponents };
}

interface Nucleus {
  /** Weights of kept tokens; 0 for tokens that are cut off. */
  readonly kept: Value;
  /** Cumulated weights of kept tokens; ENDLESS for tokens that are cut off. */
  readonly cumulated: Value;
  /** [m, 1] */
  readonly total: Value;
  /** Weight [m, 1] that rounding might have put on the other side of the nucleus' edge. The draw may be wrong by this weight. */
  readonly uncertain: Value;
}

/** Cuts off all tokens outside the nucleus. Within the top k, a token is kept if the tokens before it do not reach p yet. */
function cutNucleus(graph: GraphBuilder, weights: Value, vocab: number, margin: Value): Nucleus {
  const topP = graph.input('top_p', 'float32', [1]);
  const cumulated = cumulate(graph, weights, vocab);
  const before = graph.op('Sub', [cumulated, weights]);
  const mass = sum(graph, weights);
  const edge = graph.op('Mul', [mass, topP]);
  const isKept = graph.op('Less', [before, edge]);
  const kept = graph.op('Where', [isKept, weights, scalar(graph, 0)]);
  const isNearEdge = graph.op('Less', [distance(graph, before, edge), graph.op('Mul', [mass, margin])]);
  return {
    kept,
    cumulated: graph.op('Where', [isKept, cumulated, scalar(graph, ENDLESS)]),
    total: sum(graph, kept),
    uncertain: sum(graph, graph.op('Where', [isNearEdge, weights, scalar(graph, 0)])),
  };
}

/**
 * Draws a token: its rank is the number of tokens whose cumulated weight does not exceed the target. `nearest` [m, 1] is the
 * distance from the target to the draw of another token.
 */
function draw(
  graph: GraphBuilder,
  { ranks }: Ranked,
  { cumulated, total }: Nucleus,
): { readonly isDrawn: Value; readonly nearest: Value } {
  const uniform = graph.input('uniform', 'float32', ['m', 1]);
  const target = graph.op('Mul', [uniform, total]);
  const isPassed = graph.op('LessOrEqual', [cumulated, target]);
  const drawnRank = sum(graph, graph.cast(isPassed, 'float32'));
  return {
    isDrawn: graph.op('Equal', [ranks, drawnRank]),
    nearest: graph.op('ReduceMin', [distance(graph, cumulated, target), graph.int64([1])], { keepdims: 1 }),
  };
}

/** The clearance; -1 where a logit is NaN or +Infinity, or where no logit is finite. */
function unlessUnsound(
  graph: GraphBuilder,
  clearance: Value,
  logits: Value,
  likeliest: Value,
  vocab: number,
): Value {
  const unsound = scalar(graph, -1);
  const isFinite = graph.op('Less', [graph.op('Abs', [likeliest]), scalar(graph, TOO_LARGE)]);
  const areNumbers = graph.op('Equal', [sum(graph, numbers(graph, logits)), scalar(graph, vocab)]);
  const ofNumbers = graph.op('Where', [areNumbers, clearance, unsound]);
  return graph.op('Where', [isFinite, ofNumbers, unsound]);
}

/** [B, m, vocab] -> [m, vocab], as `guide` computes them: operator by operator, each rounded to float32. */
function guidedLogits(graph: GraphBuilder, logits: Value): Value {
  const guidance = graph.input('guidance', 'float32', ['guided', 1]);
  const finite = graph.op('Max', [logits, scalar(graph, -ENDLESS)]);
  const conditional = graph.op('Gather', [finite, graph.int64(0)], { axis: 0 });
  const unconditional = graph.op('Gather', [finite, graph.int64(-1)], { axis: 0 });
  const difference = graph.op('Sub', [conditional, unconditional]);
  return graph.op('Add', [unconditional, graph.op('Mul', [difference, guidance])]);
}

/** [B, m, vocab] -> [m, vocab]: 1 where all halves have a number or -Infinity, otherwise 0. */
function numbers(graph: GraphBuilder, logits: Value): Value {
  const areNumbers = graph.op('Less', [logits, scalar(graph, TOO_LARGE)]); // NaN is not less
  return graph.op('ReduceMin', [graph.cast(areNumbers, 'float32'), graph.int64([0])], { keepdims: 0 });
}

/**
 * Cumulated sums along [m, length]: first within blocks, then over blocks. The WebGPU provider's CumSum starts from the
 * beginning for every place. Fewer terms in a row also mean less rounding.
 */
function cumulate(graph: GraphBuilder, x: Value, length: number): Value {
  const width = blockWidth(length);
  const blocks = graph.op('Reshape', [x, graph.int64([0, length / width, width])]);
  const within = graph.op('CumSum', [blocks, graph.int32(2)]);
  const sums = graph.op('ReduceSum', [blocks, graph.int64([2])], { keepdims: 1 });
  const offsets = graph.op('CumSum', [sums, graph.int32(1)], { exclusive: 1 });
  return graph.op('Reshape', [graph.op('Add', [within, offsets]), graph.int64([0, length])]);
}

/** The largest divisor of a length up to its square root. */
function blockWidth(length: number): number {
  let width = Math.floor(Math.sqrt(length));
  while (length % width !== 0) width--;
  return width;
}

function scalar(graph: GraphBuilder, value: number): Value {
  return graph.float32(Float32Array.of(value), [1]);
}

/** [m, vocab] -> [m, 1] */
function sum(graph: GraphBuilder, x: Value): Value {
  return graph.op('ReduceSum', [x, graph.int64([1])], { keepdims: 1 });
}

function distance(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.op('Abs', [graph.op('Sub', [a, b])]);
}
