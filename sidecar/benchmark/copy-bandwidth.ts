import { tmpdir } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { openSession, type ExecutionOptions } from '../model/inference-session';
import { Tensor } from '../model/onnx-runtime';
import { GraphBuilder, type Value } from '../model/onnx/graph-builder';

/** Larger than the caches of processors and graphics devices: 128 MB a tensor. */
const ELEMENTS = 1 << 25;
const FLOAT_BYTES = 4;
/** Copies that the two graphs make; what they cost besides is in both, and goes out of their difference. */
const FEW = 1;
const MANY = 9;
/** The first runs make room in memory. */
const WARM_UPS = 2;
const REPEATS = 3;

/**
 * How fast a provider moves memory, bytes read and written a second: a copy is an Add of a number to a tensor that never leaves
 * the device, by as many threads as a model is given. The fastest of several, which other programs disturbed least.
 */
export async function measureCopyBandwidth(execution: ExecutionOptions): Promise<number> {
  const [few, many] = [await fastestMs(FEW, execution), await fastestMs(MANY, execution)];
  return (2 * FLOAT_BYTES * ELEMENTS * (MANY - FEW)) / ((many - few) / 1000);
}

async function fastestMs(copies: number, execution: ExecutionOptions): Promise<number> {
  const session = await openSession(copyGraph(copies), tmpdir(), execution);
  for (let i = 0; i < WARM_UPS; i++) await runMs(session);
  let fastest = Infinity;
  for (let i = 0; i < REPEATS; i++) fastest = Math.min(fastest, await runMs(session));
  await session.release();
  return fastest;
}

async function runMs(session: InferenceSession): Promise<number> {
  const start = performance.now();
  await session.run({ addend: new Tensor('float32', Float32Array.of(1), []) });
  return performance.now() - start;
}

/** The number is an input, so that nothing is computed ahead; one element comes out, so that all are computed. */
function copyGraph(copies: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('copies', tmpdir());
  const addend = graph.input('addend', 'float32', []);
  let tensor: Value = graph.op('Expand', [addend, graph.int64([ELEMENTS])]);
  for (let i = 0; i < copies; i++) tensor = graph.op('Add', [tensor, addend]);
  graph.output(graph.op('Gather', [tensor, graph.int64(ELEMENTS - 1)]), 'last', 'float32', []);
  return graph.build();
}
