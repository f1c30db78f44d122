import { tmpdir } from 'node:os';
import { GraphBuilder, type Value } from '../model/onnx/graph-builder';
import { runtime } from '../chosen-runtime';
import type { ExecutionOptions, Program } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/** Number of elements: larger than the caches of processors and graphics devices, 128 MB a tensor. */
const ELEMENTS = 1 << 25;
const FLOAT_BYTES = 4;
/** Copies in the two graphs. Other costs are the same in both graphs, so the difference does not contain them. */
const FEW = 1;
const MANY = 9;
/** Runs that are not timed. The first runs allocate memory. */
const WARM_UPS = 2;
const REPEATS = 3;

/**
 * Measures how fast a provider moves memory: bytes read and written a second. A copy adds a number to a tensor that never
 * leaves the device. It uses as many threads as a model gets. The result is the fastest of several runs, because other
 * programs disturbed that run least.
 */
export async function measureCopyBandwidth(execution: ExecutionOptions): Promise<number> {
  const [few, many] = [await fastestMs(FEW, execution), await fastestMs(MANY, execution)];
  return (2 * FLOAT_BYTES * ELEMENTS * (MANY - FEW)) / ((many - few) / 1000);
}

async function fastestMs(copies: number, execution: ExecutionOptions): Promise<number> {
  const session = await runtime.open(copyGraph(copies), tmpdir(), execution);
  for (let i = 0; i < WARM_UPS; i++) await runMs(session);
  let fastest = Infinity;
  for (let i = 0; i < REPEATS; i++) fastest = Math.min(fastest, await runMs(session));
  await session.release();
  return fastest;
}

async function runMs(session: Program): Promise<number> {
  const start = performance.now();
  await session.run({ addend: new HostTensor('float32', Float32Array.of(1), []) });
  return performance.now() - start;
}

/**
 * Builds a graph of copies. The number is an input, so that nothing is computed in advance. One element is the output, so
 * that all are computed.
 */
function copyGraph(copies: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('copies', tmpdir());
  const addend = graph.input('addend', 'float32', []);
  let tensor: Value = graph.op('Expand', [addend, graph.int64([ELEMENTS])]);
  for (let i = 0; i < copies; i++) tensor = graph.op('Add', [tensor, addend]);
  graph.output(graph.op('Gather', [tensor, graph.int64(ELEMENTS - 1)]), 'last', 'float32', []);
  return graph.build();
}
