import { ModelError } from '../model/model-error';
import { PackingCancelled, PrecisionError } from '../model/precision/precision-error';
import { WeightsError } from '../model/weights/weights-error';
import { isOutOfMemory, OutOfMemoryError } from './out-of-memory';
import { providerName, withoutSource } from './provider-choice';
import { RuntimeUnavailableError, type ExecutionOptions } from '../runtime/runtime';
import { SentenceError, sentence, type Said } from '../protocol/sentence';

/** The error for a provider that failed at a computation. The CPU can probably do it. */
export class ProviderFailure extends SentenceError {
  override readonly name = 'ProviderFailure';

  constructor(
    readonly provider: string,
    said: Said,
    options?: ErrorOptions,
  ) {
    super(said, options);
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
 * Turns an error during a computation into the error that is reported. On a graphics device, every error counts as a failure of
 * the provider, except errors of the model's files. NaN and infinity also count as a failure of the provider. If the weights
 * cause them, the run on the CPU will report that.
 *
 * @param during the end of a sentence, such as "while the model was opened"
 */
export function computingFailure(error: unknown, { provider }: ExecutionOptions, during: Said): unknown {
  if (NOT_THE_PROVIDERS.some((kind) => error instanceof kind)) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isOutOfMemory(message)) return new OutOfMemoryError(provider, during, { cause: error });
  if (provider === 'cpu') return error;
  const said = withoutSource(message);
  return new ProviderFailure(provider, sentence`${providerName(provider)} failed ${during}: ${said}.`, {
    cause: error,
  });
}
