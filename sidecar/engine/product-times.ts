import { fork } from 'node:child_process';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { buildVersions } from '../build-versions';
import { cacheFolder } from '../files/cache-folder';
import { InputFileError, readJsonFile } from '../files/input-file';
import { JsonFields } from '../files/json-fields';
import { writeWholeFile } from '../files/write-whole-file';
import type { Said } from '../protocol/sentence';

/** The size of a matrix [out, inner] of packed weights, and the number of threads for its products. */
export interface ProductSize {
  readonly inner: number;
  readonly out: number;
  readonly threads: number;
}

/** The time of a product with a few rows, in ms, for weights of 8 and of 4 bits. */
export interface ProductTimes {
  readonly int8: number;
  readonly int4: number;
}

/** Measures products with packed weights on the CPU. The result is undefined if this fails. Never rejects. */
export type ProductTimer = (size: ProductSize) => Promise<ProductTimes | undefined>;

/** The argument of `proof-program.ts` that asks for times of products. */
export const PRODUCTS = 'products';

/**
 * The longest time, in ms, without a message of the process. The measurement uses no driver, so a process that takes longer
 * does not go on any more.
 */
const PATIENCE_MS = 30_000;
const LIMITS = { maxBytes: 1 << 16, maxDepth: 4 };

/**
 * Makes a timer that measures each size once, in a process of its own, and keeps the times in the user's cache. So the same
 * model always gets the same precision on this machine, also when the machine is busy.
 * @param script the path of proof-program.ts, built
 * @param folder the folder of the cache; the user's cache when absent
 */
export function productTimerInProcess(script: string, folder?: string): ProductTimer {
  return async (size) => {
    const file = path.join(folder ?? cacheFolder(), 'product-times.json');
    const key = keyOf(size);
    const known = await read(file);
    const found = known[key];
    if (found) return found;
    const times = await measure(script, size);
    if (times)
      await writeWholeFile(file, [
        Buffer.from(`${JSON.stringify({ ...known, [key]: times }, null, 2)}\n`),
      ]).catch(() => undefined); // the next call measures again
    return times;
  };
}

/** The name of a size in the cache. It contains everything that the time depends on. */
function keyOf({ inner, out, threads }: ProductSize): string {
  const { onnxruntime } = buildVersions();
  return `${cpus()[0]?.model.trim() ?? 'unknown'}, ${threads} threads, ONNX Runtime ${onnxruntime}, ${out}x${inner}`;
}

/** The times in the cache; empty if the file is missing or damaged. */
async function read(file: string): Promise<Readonly<Record<string, ProductTimes>>> {
  try {
    const content = new JsonFields(await readJsonFile(file, LIMITS), damaged);
    return Object.fromEntries(
      content.names().flatMap((key) => {
        const times = productTimes(content.raw(key));
        return times ? [[key, times] as const] : [];
      }),
    );
  } catch (error) {
    if (error instanceof InputFileError) return {};
    throw error;
  }
}

/** The times in an untrusted value; undefined if a time is missing or is not above 0. */
function productTimes(value: unknown): ProductTimes | undefined {
  try {
    const fields = new JsonFields(value, damaged);
    const times = { int8: fields.amount('int8'), int4: fields.amount('int4') };
    return times.int8 > 0 && times.int4 > 0 ? times : undefined;
  } catch (error) {
    if (error instanceof InputFileError) return undefined;
    throw error;
  }
}

function damaged(problem: Said): InputFileError {
  return new InputFileError('The times of products', problem, 'They are measured again.');
}

function measure(script: string, size: ProductSize): Promise<ProductTimes | undefined> {
  return new Promise((resolve) => {
    const child = fork(script, ['cpu', PRODUCTS, tmpdir(), JSON.stringify(size)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const end = (times: ProductTimes | undefined): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(times);
    };
    const timer = setTimeout(end, PATIENCE_MS, undefined);
    child.on('error', () => {
      end(undefined);
    });
    child.on('exit', () => {
      end(undefined);
    });
    child.on('message', (message) => {
      end(productTimes(message));
    });
  });
}
