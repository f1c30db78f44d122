import { GraphBuilder, type Value } from '../onnx/graph-builder';
import { exponentialNoise } from './noise-nodes';

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
export const CHOICE_COLUMNS = ['token', 'probability', 'entropy', 'margin'] as const;

/**
 * Guidance and the draw of `decoding/sampling.ts` as an ONNX graph. ONNX Runtime's WebGPU provider has all of its operators
 * (1.30: none falls back to the CPU). So tokens are drawn on the device that computed the logits.
 *
 * Inputs:
 * - `logits` float [B, m, vocab]; with B = 2 halves, the second is the unconditional one
 * - `guidance` float [m, 1] or [1, 1], without effect where B = 1
 * - `temperature` float [1]; `top_k` float [1], vocab for all; `top_p` float [1], 2 for all
 * - `noise_first`, `noise_second` uint32 [m, 1]: the noise of each cell
 * - `noise_scale` float [1]: 1, or 0 to take the likeliest token
 * - `tie` float [1]: what rounding may change, nats
 *
 * Output: `choices` float [m, 4], with the columns CHOICE_COLUMNS:
 * - token
 * - its probability
 * - entropy of the distribution, nats
 * - margin of the draw, nats; -1 or NaN where logits are invalid, or where the drawn token lies at the edge of a cut
 *
 * Where the margin is not above `tie`, float32 cannot tell which token double precision would draw.
 */
export function buildSamplerGraph(vocab: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('sampler', '');
  const logits = graph.input('logits', 'float32', ['batch', 'm', vocab]);
  const tie = graph.input('tie', 'float32', [1]);
  const ranked = rank(graph, guidedLogits(graph, logits), vocab);
  const { weights, exponents } = weigh(graph, ranked);
  const cut = cutNucleus(graph, { weights, exponents }, vocab, tie);
  const { isDrawn, margin } = draw(graph, exponents, cut, exponentialNoise(graph, ranked.indices, vocab));

  const token = sum(graph, graph.op('Where', [isDrawn, ranked.tokens, scalar(graph, 0)]));
  const weight = sum(graph, graph.op('Where', [isDrawn, cut.kept, scalar(graph, 0)]));
  const probability = graph.op('Div', [weight, cut.total]);
  const entropy = graph.op('Sub', [
    graph.op('Log', [cut.total]),
    graph.op('Div', [sum(graph, graph.op('Mul', [cut.kept, exponents])), cut.total]),
  ]);
  const certainty = unlessUnsound(graph, margin, logits, ranked.likeliest, vocab);

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
  /** The tokens as int64. */
  readonly indices: Value;
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
    indices,
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

/** What the cuts leave. All are [m, vocab], except `total`. */
interface Cut {
  readonly isKept: Value;
  /** Weights of kept tokens; 0 for tokens that are cut off. */
  readonly kept: Value;
  /** 1 for tokens that rounding may move across the edge of a cut, else 0. */
  readonly isNearEdge: Value;
  /** [m, 1] */
  readonly total: Value;
}

/** Cuts off all tokens outside the nucleus. Within the top k, a token is kept if the tokens before it do not reach p yet. */
function cutNucleus(
  graph: GraphBuilder,
  { weights, exponents }: { readonly weights: Value; readonly exponents: Value },
  vocab: number,
  tie: Value,
): Cut {
  const topP = graph.input('top_p', 'float32', [1]);
  const [zero, one] = [scalar(graph, 0), scalar(graph, 1)];
  const mark = (condition: Value): Value => graph.op('Where', [condition, one, zero]);
  const before = graph.op('Sub', [cumulate(graph, weights, vocab), weights]);
  const mass = sum(graph, weights);
  const isInTopK = graph.op('Less', [zero, weights]);
  const share = graph.op('Where', [isInTopK, before, scalar(graph, ENDLESS)]);
  const edge = graph.op('Mul', [mass, topP]);
  const isKept = graph.op('Less', [share, edge]);
  const kept = graph.op('Where', [isKept, weights, zero]);
  const isNearMass = mark(graph.op('Less', [distance(graph, share, edge), graph.op('Mul', [mass, tie])]));
  const leastKept = extreme(graph, 'ReduceMin', graph.op('Where', [isKept, exponents, zero]));
  const greatestCut = extreme(
    graph,
    'ReduceMax',
    graph.op('Where', [isKept, scalar(graph, -ENDLESS), exponents]),
  );
  const isNearCut = graph.op('Where', [
    isKept,
    mark(graph.op('Less', [exponents, graph.op('Add', [greatestCut, tie])])),
    mark(graph.op('Less', [graph.op('Sub', [leastKept, tie]), exponents])),
  ]);
  return { isKept, kept, isNearEdge: graph.op('Max', [isNearMass, isNearCut]), total: sum(graph, kept) };
}

/**
 * Draws a token: the one with the greatest value, ln w + g. Tokens near the edge of a cut compete, because rounding may have
 * cut them off. The margin [m, 1] is the lead of the drawn token, and 0 where two values are equal. It is -1 where the
 * drawn token itself is near the edge.
 */
function draw(
  graph: GraphBuilder,
  exponents: Value,
  { isKept, isNearEdge }: Cut,
  exponential: Value,
): { readonly isDrawn: Value; readonly margin: Value } {
  const [zero, one, endless] = [scalar(graph, 0), scalar(graph, 1), scalar(graph, -ENDLESS)];
  const noise = graph.op('Mul', [graph.op('Log', [exponential]), graph.input('noise_scale', 'float32', [1])]);
  const values = graph.op('Sub', [exponents, noise]);
  const nearEdge = graph.op('Where', [graph.op('Less', [zero, isNearEdge]), values, endless]);
  const competing = graph.op('Where', [isKept, values, nearEdge]);
  const best = extreme(graph, 'ReduceMax', competing);
  const isDrawn = graph.op('Equal', [competing, best]);
  const next = extreme(graph, 'ReduceMax', graph.op('Where', [isDrawn, endless, competing]));
  const isOnlyOne = graph.op('Less', [sum(graph, graph.cast(isDrawn, 'float32')), scalar(graph, 1.5)]);
  const lead = graph.op('Where', [isOnlyOne, graph.op('Sub', [best, next]), zero]);
  const drawnNear = extreme(graph, 'ReduceMax', graph.op('Where', [isDrawn, isNearEdge, zero]));
  const margin = graph.op('Where', [graph.op('Less', [drawnNear, one]), lead, scalar(graph, -1)]);
  return { isDrawn, margin };
}

/** The margin; -1 where a logit is NaN or +Infinity, or where no logit is finite. */
function unlessUnsound(
  graph: GraphBuilder,
  margin: Value,
  logits: Value,
  likeliest: Value,
  vocab: number,
): Value {
  const unsound = scalar(graph, -1);
  const isFinite = graph.op('Less', [graph.op('Abs', [likeliest]), scalar(graph, TOO_LARGE)]);
  const areNumbers = graph.op('Equal', [sum(graph, numbers(graph, logits)), scalar(graph, vocab)]);
  const ofNumbers = graph.op('Where', [areNumbers, margin, unsound]);
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

/** [m, vocab] -> [m, 1] */
function extreme(graph: GraphBuilder, reduction: 'ReduceMin' | 'ReduceMax', x: Value): Value {
  return graph.op(reduction, [x, graph.int64([1])], { keepdims: 1 });
}

function distance(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.op('Abs', [graph.op('Sub', [a, b])]);
}
