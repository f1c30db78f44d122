import { SamplingError } from '../decoding/sampling';
import { DecoderError } from '../decoding/decoder-table';
import { ModelError } from '../model/model-error';
import { PrecisionError } from '../model/precision/precision-error';
import { WeightsError } from '../model/weights/weights-error';
import { PromptError, VocabularyError } from '../prompt/word-vocabulary';
import type { ProtocolError } from '../protocol';
import { EngineError } from './engine-messages';
import { OutOfMemoryError } from './out-of-memory';
import { ProviderFailure } from './provider-failure';
import { RequestError } from './request-error';
import { RuntimeUnavailableError } from '../runtime/runtime';

const BAD_REQUEST = [RequestError, DecoderError, SamplingError, PromptError, PrecisionError];
const MODEL_INVALID = [ModelError, WeightsError, VocabularyError];

/**
 * The report of a failure for a client: a code and a message. The code says whether the request, the model or the program
 * failed.
 */
export function errorReport(error: unknown): ProtocolError {
  const { code, message } = describe(error);
  return { code, message: message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE)}…` };
}

/** The largest number of characters of a message. A message may quote a damaged file, and that text may have any length. */
const MAX_MESSAGE = 4000;

function describe(error: unknown): ProtocolError {
  if (error instanceof EngineError) return { code: error.code, message: error.message };
  if (error instanceof Error) {
    if (BAD_REQUEST.some((kind) => error instanceof kind))
      return { code: 'bad-request', message: error.message };
    if (MODEL_INVALID.some((kind) => error instanceof kind))
      return { code: 'model-invalid', message: error.message };
    if (error instanceof RuntimeUnavailableError) return { code: 'engine-failed', message: error.message };
    if (error instanceof ProviderFailure) return { code: 'provider-failed', message: error.message };
    if (error instanceof OutOfMemoryError) return { code: 'out-of-memory', message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'engine-failed', message: `The model could not be run: ${message}` };
}
