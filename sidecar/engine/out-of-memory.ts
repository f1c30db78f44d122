import { freemem } from 'node:os';
import { memorySize } from './memory-size';
import type { MemoryNeed } from './memory-need';
import { providerName } from './provider-choice';
import type { ProviderKnowledge } from './providers';
import { sentence, SentenceError, type Said } from '../protocol/sentence';

/** The error for a provider that ran out of memory. */
export class OutOfMemoryError extends SentenceError {
  override readonly name = 'OutOfMemoryError';

  constructor(
    readonly provider: string,
    /** When: the end of a sentence, such as "while the model was opened". */
    during: Said,
    options?: ErrorOptions,
  ) {
    super(sentence`${providerName(provider)} ran out of memory ${during}.`, options);
  }
}

/** Patterns of the messages of ONNX Runtime, its providers, their drivers and Node.js when memory is too small. */
const SAYINGS = [
  /bad_alloc|bad allocation/i,
  /out of (?:\w+ )?memory|OutOf(?:Device|Host)?Memory|OUT_OF_(?:DEVICE_|HOST_)?MEMORY|E_OUTOFMEMORY/i,
  /failed to allocate/i,
  /array buffer allocation failed/i,
  /(?:buffer|binding) size.*(?:exceeds|larger than).*(?:max|limit)/i,
];

/** Whether an error message says that memory was too small. */
export function isOutOfMemory(message: string): boolean {
  return SAYINGS.some((saying) => saying.test(message));
}

/** The end of an out-of-memory message: how much memory the model needs, how much there is, and what the user can do. */
export async function memoryAdvice(
  { weights, cache }: MemoryNeed,
  provider: string,
  providers: ProviderKnowledge,
): Promise<Said> {
  const need = sentence`The model needs at least ${memorySize(weights + cache)} (${memorySize(weights)} of weights, ${memorySize(cache)} of keys and values)`;
  return sentence`${need}; ${await memoryThere(provider, providers)}. Choose a smaller model or less precision, or end other programs.`;
}

async function memoryThere(provider: string, providers: ProviderKnowledge): Promise<Said> {
  if (provider === 'cpu') return sentence`${memorySize(freemem())} are free`;
  const [device, ...more] = await providers.devices();
  if (device?.memoryBytes === undefined || more.length > 0)
    return sentence`how much the graphics device has is not known`;
  return sentence`${device.name} has ${memorySize(device.memoryBytes)}`;
}
