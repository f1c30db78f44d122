import { tmpdir } from 'node:os';
import { GraphBuilder, type Value } from '../model/onnx/graph-builder';
import { blockProduct } from '../model/precision/block-product';
import { runtime } from '../chosen-runtime';
import type { ExecutionOptions } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/** The highest speeds of a provider, with as many threads as a model gets. */
export interface MachineLimits {
  /** Bytes read a second. */
  readonly readBandwidth: number;
  /** Multiplications and additions a second, each counted as one, in a large product of matrices. */
  readonly operationPeak: number;
}

const FLOAT_BYTES = 4;
/** Size of a working set that no cache holds. A larger one takes longer and gives the same result. */
const MOST_BYTES = 1 << 27;
const LEAST_BYTES = 1 << 20;
/** Links of the two chains. Other costs are the same in both chains, so the difference does not contain them. */
const FEW = 1;
const MANY = 9;
/** The long chain grows by this factor until its links take at least as long as everything else. */
const GROWTH = 4;
const MOST = 576;
/** Runs that are not timed. The first runs allocate memory. */
const WARM_UPS = 2;
const REPEATS = 5;
/** A product of matrices that is limited by arithmetic: its rows, and the side of its square matrix. */
const ROWS = 256;
const SIDE = 1024;

/**
 * Measures the limits. Each is the fastest of several runs, because other programs disturbed that run least.
 * @param bytes bytes that a step of the model reads; what fits into a cache is read faster than memory allows
 */
export async function measureLimits(execution: ExecutionOptions, bytes: number): Promise<MachineLimits> {
  const side = Math.floor(Math.sqrt(Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytes)) / FLOAT_BYTES));
  const read = await secondsALink(execution, 1, side, (graph, scale) => {
    const matrix = graph.op('Expand', [scale, graph.int64([side, side])]);
    return (x) => graph.op('MatMul', [x, matrix]);
  });
  const operations = 2 * ROWS * SIDE * SIDE;
  return {
    readBandwidth: (FLOAT_BYTES * side * side) / read,
    operationPeak: operations / (await secondsAProduct(execution)),
  };
}

/** Seconds of a product of matrices in float32, or with packed weights when they are faster. */
async function secondsAProduct(execution: ExecutionOptions): Promise<number> {
  const { precision } = execution;
  const inFloats = await secondsALink(execution, ROWS, SIDE, (graph) => {
    const weights = graph.float32(new Float32Array(SIDE * SIDE).fill(1 / SIDE), [SIDE, SIDE]);
    return (x) => graph.op('Gemm', [x, weights], { transB: 1 });
  });
  if (precision !== 'int8' && precision !== 'int4') return inFloats;
  const inBlocks = await secondsALink(execution, ROWS, SIDE, (graph) =>
    blockProduct(graph, { inner: SIDE, out: SIDE, bits: precision === 'int8' ? 8 : 4 }),
  );
  return Math.min(inFloats, inBlocks);
}

/**
 * Seconds of one link of a chain.
 * @param link writes what all links of a chain share, and returns a function that writes one link: from [rows, width] to
 *   the same shape
 */
async function secondsALink(
  execution: ExecutionOptions,
  rows: number,
  width: number,
  link: (graph: GraphBuilder, scale: Value) => (x: Value) => Value,
): Promise<number> {
  const fastestMs = async (links: number): Promise<number> => {
    const graph = new GraphBuilder('limit', tmpdir());
    const scale = graph.input('scale', 'float32', [1]); // an input, not a constant: nothing is computed in advance
    let x = graph.op('Expand', [scale, graph.int64([rows, width])]);
    const next = link(graph, scale);
    for (let i = 0; i < links; i++) x = next(x);
    graph.output(graph.op('Slice', [x, graph.int64([0]), graph.int64([1])]), 'y', 'float32', [1, width]);
    const session = await runtime.open(graph.build(), tmpdir(), execution);
    let fastest = Infinity;
    for (let i = 0; i < WARM_UPS + REPEATS; i++) {
      const start = performance.now();
      await session.run({ scale: new HostTensor('float32', Float32Array.of(1 / width), [1]) });
      if (i >= WARM_UPS) fastest = Math.min(fastest, performance.now() - start);
    }
    await session.release();
    return fastest;
  };
  return (await millisecondsALink(fastestMs)) / 1000;
}

/**
 * Milliseconds of one link, from the times of a short and a long chain.
 *
 * On a GPU a link can take less time than the noise of a run. The long chain is then made longer. If even the longest one
 * drowns in noise, the answer is an upper bound: all of its time, for each link.
 */
export async function millisecondsALink(timeOf: (links: number) => Promise<number>): Promise<number> {
  const few = await timeOf(FEW);
  for (let links = MANY; ; links *= GROWTH) {
    const many = await timeOf(links);
    if (many >= 2 * few) return (many - few) / (links - FEW);
    if (links * GROWTH > MOST) return many / links;
  }
}
