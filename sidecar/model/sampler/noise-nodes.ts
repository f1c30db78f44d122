import { TOKEN_MULTIPLIER } from '../../decoding/noise';
import type { GraphBuilder, Value } from '../onnx/graph-builder';

/** Where a unit is above this, its logarithm is accurate enough without a series. */
const SMALL_UNIT = 0.25;
/** Half of a 32-bit word. */
const HALF = 2 ** 16;

/**
 * The exponential noise of `decoding/noise.ts` in a graph, [m, vocab]: the same words, bit by bit, and their logarithms in
 * single precision. The WebGPU provider computes addition, multiplication and division of uint32 itself. It has no operator
 * that shifts integers or combines their bits, so the noise needs none.
 *
 * Inputs of the graph: `noise_first` and `noise_second` uint32 [m, 1], the words of `TokenNoise`.
 *
 * @param indices int64 [m, vocab], the token of each place
 */
export function exponentialNoise(graph: GraphBuilder, indices: Value, vocab: number): Value {
  const first = graph.input('noise_first', 'uint32', ['m', 1]);
  const second = graph.input('noise_second', 'uint32', ['m', 1]);
  const spread = Uint32Array.from({ length: vocab }, (_, token) => Math.imul(token, TOKEN_MULTIPLIER));
  const tokens = graph.op('Gather', [graph.uint32(spread, [vocab]), indices], { axis: 0 });
  const add = (a: Value, b: Value): Value => graph.op('Add', [a, b]);
  let word = noiseRound(graph, add(tokens, first));
  word = noiseRound(graph, add(word, second));
  word = noiseRound(graph, add(word, first));
  return exponentialOf(graph, word);
}

/** A round of `noiseWord`. */
function noiseRound(graph: GraphBuilder, x: Value): Value {
  const half = word(graph, HALF);
  const odd = graph.op('Add', [graph.op('Add', [x, x]), word(graph, 1)]);
  const product = graph.op('Mul', [x, odd]);
  const upper = graph.op('Div', [product, half]);
  return graph.op('Add', [graph.op('Mul', [graph.op('Add', [product, upper]), half]), upper]);
}

/**
 * -ln(1 - u) for the unit u of a word. float32 holds no small distance from 1. So small units take a series,
 * -ln(1 - u) = 2 artanh(z) with z = u / (2 - u). Large units take the logarithm of the complement, which is exact in integers.
 */
function exponentialOf(graph: GraphBuilder, words: Value): Value {
  const unit = unitOf(graph, words);
  const complement = unitOf(graph, graph.op('Sub', [word(graph, 2 ** 32 - 1), words]));
  const z = graph.op('Div', [unit, graph.op('Sub', [float(graph, 2), unit])]);
  const square = graph.op('Mul', [z, z]);
  let series = float(graph, 1 / 7);
  for (const term of [1 / 5, 1 / 3, 1])
    series = graph.op('Add', [graph.op('Mul', [series, square]), float(graph, term)]);
  const small = graph.op('Mul', [graph.op('Add', [z, z]), series]);
  const large = graph.op('Neg', [graph.op('Log', [complement])]);
  return graph.op('Where', [graph.op('Less', [unit, float(graph, SMALL_UNIT)]), small, large]);
}

function unitOf(graph: GraphBuilder, words: Value): Value {
  const middle = graph.op('Add', [graph.cast(words, 'float32'), float(graph, 0.5)]);
  return graph.op('Mul', [middle, float(graph, 2 ** -32)]);
}

function word(graph: GraphBuilder, value: number): Value {
  return graph.uint32(Uint32Array.of(value), [1]);
}

function float(graph: GraphBuilder, value: number): Value {
  return graph.float32(Float32Array.of(value), [1]);
}
