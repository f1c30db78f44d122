import { ModelError } from '../model/model-error';
import type { ExecutionOptions } from '../model/inference-session';
import { OnnxRuntimeError } from '../model/onnx-runtime-error';
import { PackingCancelled, PrecisionError } from '../model/precision/precision-error';
import { WeightsError } from '../model/weights/weights-error';
import { isOutOfMemory, OutOfMemoryError } from './out-of-memory';
import { providerName, withoutSource } from './provider-choice';

/** An execution provider could not do what the CPU can. */
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

const NOT_THE_PROVIDERS = [ModelError, WeightsError, PrecisionError, PackingCancelled, OnnxRuntimeError];

/**
 * What a failure while computing means. On a graphics device everything that is not the model's own fault is the provider's,
 * numbers that are none among it: if those are the weights', the CPU will say so, too.
 *
 * @param during as the end of a sentence, such as "while the model was opened"
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
