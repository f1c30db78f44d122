import { SamplingError } from '../decoding/sampling';
import { DecoderError } from '../decoding/decoder-table';
import { ModelError } from '../model/model-error';
import { PrecisionError } from '../model/precision/precision-error';
import { WeightsError } from '../model/weights/weights-error';
import { PromptError, VocabularyError } from '../prompt/word-vocabulary';
import type { ErrorCode, ProtocolError } from '../protocol';
import { EngineError } from './engine-messages';
import { OutOfMemoryError } from './out-of-memory';
import { ProviderFailure } from './provider-failure';
import { RequestError } from './request-error';
import { RuntimeUnavailableError } from '../runtime/runtime';
import { inEnglish, saidBy, sentence, type Said } from '../protocol/sentence';

const BAD_REQUEST = [RequestError, DecoderError, SamplingError, PromptError, PrecisionError];
const MODEL_INVALID = [ModelError, WeightsError, VocabularyError];

/**
 * The report of a failure for a client: a code and a message. The code says whether the request, the model or the program
 * failed.
 */
export function errorReport(error: unknown): ProtocolError {
  const [code, said] = describe(error);
  const message = inEnglish(said);
  if (message.length > MAX_MESSAGE) return { code, message: `${message.slice(0, MAX_MESSAGE)}…` };
  return { code, message, ...(typeof said !== 'string' && { sentence: said }) };
}

/** The largest number of characters of a message. A message may quote a damaged file, and that text may have any length. */
const MAX_MESSAGE = 4000;

function describe(error: unknown): readonly [code: ErrorCode, said: Said] {
  const said = saidBy(error);
  if (error instanceof EngineError) return [error.code, said];
  if (BAD_REQUEST.some((kind) => error instanceof kind)) return ['bad-request', said];
  if (MODEL_INVALID.some((kind) => error instanceof kind)) return ['model-invalid', said];
  if (error instanceof RuntimeUnavailableError) return ['engine-failed', said];
  if (error instanceof ProviderFailure) return ['provider-failed', said];
  if (error instanceof OutOfMemoryError) return ['out-of-memory', said];
  return ['engine-failed', sentence`The model could not be run: ${said}`];
}
