import { ModelError } from '../model/model-error';
import { PackingCancelled, PrecisionError } from '../model/precision/precision-error';
import { WeightsError } from '../model/weights/weights-error';
import { isOutOfMemory, OutOfMemoryError } from './out-of-memory';
import { providerName, withoutSource } from './provider-choice';
import { RuntimeUnavailableError, type ExecutionOptions } from '../runtime/runtime';

/** The error for an execution provider that could not do what the CPU can. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';

  constructor(
    readonly provider: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const NOT_THE_PROVIDERS = [
  ModelError,
  WeightsError,
  PrecisionError,
  PackingCancelled,
  RuntimeUnavailableError,
];

/**
 * The error that a failure during computation means. On a graphics device, the provider is blamed for everything except the
 * model's own faults.
 * NaN or infinity also count as the provider's fault. If the weights cause them, the CPU will say so, too.
 *
 * @param during the end of a sentence, such as "while the model was opened"
 */
export function computingFailure(error: unknown, { provider }: ExecutionOptions, during: string): unknown {
  if (NOT_THE_PROVIDERS.some((kind) => error instanceof kind)) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isOutOfMemory(message)) return new OutOfMemoryError(provider, during, { cause: error });
  if (provider === 'cpu') return error;
  const said = withoutSource(message);
  return new ProviderFailure(provider, `${providerName(provider)} failed ${during}: ${said}.`, {
    cause: error,
  });
}
