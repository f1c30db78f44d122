import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { buildVersions } from '../build-versions';
import { cacheFolder } from '../files/cache-folder';
import { writeWholeFile } from '../files/write-whole-file';

/** A matrix [out, inner] of packed weights, and the threads that multiply by it. */
export interface ProductSize {
  readonly inner: number;
  readonly out: number;
  readonly threads: number;
}

/** Time of a product with a few rows, ms, for each number of bits of the weights. */
export interface ProductTimes {
  readonly int8: number;
  readonly int4: number;
}

/** Measures products with packed weights on the CPU; undefined where measuring fails. Never rejects. */
export type ProductTimer = (size: ProductSize) => Promise<ProductTimes | undefined>;

/** Argument of the proving process for a measurement of products. */
export const PRODUCTS = 'products';

/**
 * Longest silence of the process. No driver takes part in the measurement, so a process that is silent for this long is
 * stuck.
 */
const PATIENCE_MS = 30_000;
const MOST_BYTES = 1 << 16;

/**
 * A timer that measures once in a process of its own, and keeps the answer in the user's cache. From then on the same model
 * gets the same precision on this machine, whatever load the machine has.
 * @param script of the proving process: proof-program.ts, built
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

/** The cache key: the values that a time depends on. */
function keyOf({ inner, out, threads }: ProductSize): string {
  const { onnxruntime } = buildVersions();
  return `${cpus()[0]?.model.trim() ?? 'unknown'}, ${threads} threads, ONNX Runtime ${onnxruntime}, ${out}x${inner}`;
}

/** The times that an earlier process kept; empty where the file is missing or damaged. */
async function read(file: string): Promise<Readonly<Record<string, ProductTimes>>> {
  try {
    const bytes = await readFile(file);
    if (bytes.byteLength > MOST_BYTES) return {};
    const entries = Object.entries(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>);
    return Object.fromEntries(
      entries.flatMap(([key, value]) => (isProductTimes(value) ? [[key, value] as const] : [])),
    );
  } catch {
    return {};
  }
}

function isProductTimes(value: unknown): value is ProductTimes {
  if (typeof value !== 'object' || value === null) return false;
  const { int8, int4 } = value as Readonly<Record<string, unknown>>;
  return [int8, int4].every((ms) => typeof ms === 'number' && ms > 0 && ms < Infinity);
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
      end(isProductTimes(message) ? message : undefined);
    });
  });
}
