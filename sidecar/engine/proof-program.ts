/**
 * Checks one provider and sends the result to the parent. The parent kills this process when no message comes for too long.
 * Usage: `proof-program PROVIDER answer|full|'N bytes' FOLDER`, started with a channel to the parent. This process writes files into the
 * folder, and the parent removes them.
 * `proof-program cpu products FOLDER SIZE` measures products with packed weights instead.
 */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { endNow } from '../lifetime/end-now';
import { endWithParent } from '../lifetime/end-with-parent';
import type { ProofModelDescription } from '../model/family';
import { GraphBuilder } from '../model/onnx/graph-builder';
import { cpuThreads } from './cpu-threads';
import { measureProducts } from './measure-products';
import { PRODUCTS, type ProductSize, type ProductTimes } from './product-times';
import { ProofModel, type OpenProofModel } from './proof-model';
import { PROOF_MODELS } from './proof-models';
import type { Proof, ProofDepth, ProofMessage, ProofStage } from './provider-proof';
import { runtime } from '../chosen-runtime';
import type { ExecutionOptions } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/** The largest error that rounding to float32 can cause in these graphs, relative to the largest value. */
const TOLERANCE = 1e-3;
/** The number of measured steps. */
const PASSES = 7;
/**
 * If a provider takes more than this many times as long as the CPU, the check ends early: the provider would never be chosen.
 */
const HOPELESS = 50;
/** The numbers in a row of the tensor whose size is checked. */
const TENSOR_WIDTH = 1024;

/** Sends a message to the parent. */
function tell(message: ProofMessage | ProductTimes): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => {
      resolve();
    });
  });
}

/** Reports the stage of the check that begins now. */
function enter(stage: ProofStage): Promise<void> {
  return tell({ type: 'stage', stage });
}

async function prove(provider: string, depth: ProofDepth, folder: string): Promise<Proof> {
  await enter('answer');
  const answer = await multiply(on(provider), folder);
  const expected = await multiply(on('cpu'), folder);
  const error = largestError(answer, expected);
  if (!isRight([error])) return { kind: 'wrong', error };
  const tensor = /^(\d+) bytes$/.exec(depth);
  if (tensor) return proveTensor(provider, Number(tensor[1]), folder);
  return depth === 'answer' ? { kind: 'answers' } : proveInFull(provider, folder);
}

function on(provider: string, threads = 1): ExecutionOptions {
  return { provider, threads };
}

/** The product of two matrices, as a small task for a provider. */
async function multiply(execution: ExecutionOptions, folder: string): Promise<Float32Array> {
  const side = 32;
  const graph = new GraphBuilder('answer', folder);
  const ramp = (factor: number): Float32Array =>
    Float32Array.from({ length: side * side }, (_, i) => Math.sin(factor * i));
  const x = graph.input('x', 'float32', [side, side]);
  const product = graph.op('Gemm', [x, graph.float32(ramp(0.7), [side, side])], { transB: 1 });
  graph.output(product, 'y', 'float32', [side, side]);
  const session = await runtime.open(graph.build(), folder, execution);
  const { y } = await session.run({ x: new HostTensor('float32', ramp(0.3), [side, side]) });
  if (!(y?.data instanceof Float32Array)) throw new Error('A product of matrices put out nothing.');
  return y.data;
}

/** The largest error, relative to the largest expected value. NaN if a computed value is NaN. */
function largestError(computed: Float32Array, expected: Float32Array): number {
  let [error, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs((computed[i] ?? NaN) - value);
    if (Number.isNaN(difference)) return NaN;
    error = Math.max(error, difference);
    largest = Math.max(largest, Math.abs(value));
  }
  return error / largest;
}

/**
 * Shows whether the device holds a tensor, and reads its last row. The file of the tensor is a hole but for that row, so it takes
 * little room on the disk.
 */
async function proveTensor(provider: string, bytes: number, folder: string): Promise<Proof> {
  const rows = Math.ceil(bytes / (4 * TENSOR_WIDTH));
  const file = path.join(folder, 'tensor.bin');
  const expected = new Float32Array(TENSOR_WIDTH).fill(1);
  const handle = await open(file, 'wx');
  try {
    await handle.write(
      new Uint8Array(expected.buffer),
      0,
      expected.byteLength,
      4 * TENSOR_WIDTH * (rows - 1),
    );
  } finally {
    await handle.close();
  }
  const graph = new GraphBuilder('tensor', folder, provider);
  const shape = [rows, TENSOR_WIDTH];
  const location = { file, offset: 0, byteLength: 4 * rows * TENSOR_WIDTH, dtype: 'F32', shape } as const;
  const row = graph.rows('tensor', location, graph.input('row', 'int64', [1]));
  graph.output(row, 'y', 'float32', [1, TENSOR_WIDTH]);
  const session = await runtime.open(graph.build(), folder, on(provider));
  const { y } = await session.run({ row: new HostTensor('int64', BigInt64Array.of(BigInt(rows - 1)), [1]) });
  if (!(y?.data instanceof Float32Array)) throw new Error('A row of a tensor put out nothing.');
  const error = largestError(y.data, expected);
  return isRight([error]) ? { kind: 'answers' } : { kind: 'wrong', error };
}

/** The complete check: it compares the results of all small models with those of the CPU, and measures times. */
async function proveInFull(provider: string, folder: string): Promise<Proof> {
  await enter('numbers');
  const [first, ...others] = PROOF_MODELS.small;
  const small = await ProofModel.write(folder, first);
  const [cpuSmall, ownSmall] = [await small.open(on('cpu')), await small.open(on(provider))];
  const errors = [largestError(await ownSmall.answers(), await cpuSmall.answers())];
  if (!isRight(errors)) return { kind: 'wrong', error: worst(errors) };
  const cpu = await layerMs(cpuSmall, first.layers);
  const own = await layerMs(ownSmall, first.layers);
  if (own > HOPELESS * cpu) {
    return {
      kind: 'right',
      error: worst(errors),
      times: { small: own, large: undefined },
      cpu: { small: cpu, large: undefined },
    };
  }
  errors.push(largestError(await ownSmall.pixels(), await cpuSmall.pixels()));
  for (const other of others) errors.push(...(await errorsOf(other, provider, folder)));
  if (!isRight(errors)) return { kind: 'wrong', error: worst(errors) };

  await enter('speed');
  const large = await timeLarge(folder, provider);
  return {
    kind: 'right',
    error: worst(errors),
    times: { small: own, large: large.own },
    cpu: { small: cpu, large: large.cpu },
  };
}

/** The errors of another family's small model: those of its logits, and those of its picture. */
async function errorsOf(
  described: ProofModelDescription,
  provider: string,
  folder: string,
): Promise<readonly number[]> {
  await enter('numbers');
  const model = await ProofModel.write(folder, described);
  const [cpu, own] = [await model.open(on('cpu')), await model.open(on(provider))];
  return [
    largestError(await own.answers(), await cpu.answers()),
    largestError(await own.pixels(), await cpu.pixels()),
  ];
}

function isRight(errors: readonly number[]): boolean {
  return errors.every((error) => error <= TOLERANCE); // NaN fails this comparison
}

/** The largest error; NaN if an error is NaN. */
function worst(errors: readonly number[]): number {
  return Math.max(...errors);
}

async function timeLarge(folder: string, provider: string): Promise<{ cpu: number; own: number }> {
  const described = PROOF_MODELS.large;
  const large = await ProofModel.write(folder, described);
  return {
    cpu: await layerMs(await large.open(on('cpu', cpuThreads(Infinity))), described.layers),
    own: await layerMs(await large.open(on(provider)), described.layers),
  };
}

async function layerMs(model: OpenProofModel, layers: number): Promise<number> {
  return (await model.passMs(PASSES)) / layers;
}

async function main(): Promise<void> {
  const [, , provider = '', depth, folder = '.', size = ''] = process.argv;
  if (depth === PRODUCTS) {
    await tell(await measureProducts(JSON.parse(size) as ProductSize));
    process.exit(0);
  }
  const proof = await prove(provider, depth as ProofDepth, folder).catch((error: unknown): Proof => ({
    kind: 'refused',
    message: error instanceof Error ? error.message : String(error),
  }));
  await tell({ type: 'proof', proof });
  process.exit(0);
}

endWithParent();
// After a disconnect, no process waits for the result any more.
process.once('disconnect', endNow);
void main();
