import { freemem } from 'node:os';
import { prefixLength } from '../model/model-manifest';
import { weightBytes, type ModelFolder } from '../model/model-folder';
import { providerName } from './provider-choice';
import type { Providers } from './providers';

/** There was not enough memory. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';

  constructor(
    readonly provider: string,
    /** As the end of a sentence, such as "while the model was opened". */
    during: string,
    options?: ErrorOptions,
  ) {
    super(`${providerName(provider)} ran out of memory ${during}.`, options);
  }
}

/** How ONNX Runtime, its providers, their drivers and Node.js say it. */
const SAYINGS = [
  /bad_alloc|bad allocation/i,
  /out of (?:\w+ )?memory|OutOf(?:Device|Host)?Memory|OUT_OF_(?:DEVICE_|HOST_)?MEMORY|E_OUTOFMEMORY/i,
  /failed to allocate/i,
  /array buffer allocation failed/i,
  /(?:buffer|binding) size.*(?:exceeds|larger than).*(?:max|limit)/i,
];

export function isOutOfMemory(message: string): boolean {
  return SAYINGS.some((saying) => saying.test(message));
}

/** Bytes that a run takes at least. */
export interface MemoryNeed {
  readonly weights: number;
  /** Keys and values of every position, of both halves where there is guidance. */
  readonly cache: number;
}

/** @throws ModelError when a weight file is missing */
export async function memoryNeed(model: ModelFolder, guidance: number): Promise<MemoryNeed> {
  const { transformer, grid, condition } = model.manifest;
  const weights = await weightBytes(model);
  if (!transformer) return { weights, cache: 0 };
  const { layers, dim, heads, kvHeads } = transformer;
  const positions = prefixLength(condition) + grid[0] * grid[1];
  const halves = guidance === 1 ? 1 : 2;
  return { weights, cache: 4 * 2 * layers * halves * positions * kvHeads * (dim / heads) };
}

/** What was needed, what there is, and what would do: the rest of an out-of-memory message. */
export async function memoryAdvice(
  { weights, cache }: MemoryNeed,
  provider: string,
  providers: Providers,
): Promise<string> {
  const need = `The model needs at least ${gigabytes(weights + cache)} (${gigabytes(weights)} of weights, ${gigabytes(cache)} of keys and values)`;
  return `${need}; ${await memoryThere(provider, providers)}. Choose a smaller model or less precision, or end other programs.`;
}

async function memoryThere(provider: string, providers: Providers): Promise<string> {
  if (provider === 'cpu') return `${gigabytes(freemem())} are free`;
  const [device, ...more] = await providers.devices();
  if (device?.memoryBytes === undefined || more.length > 0)
    return 'how much the graphics device has is not known';
  return `${device.name} has ${gigabytes(device.memoryBytes)}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 10e9 ? 2 : 0)} GB`;
}
