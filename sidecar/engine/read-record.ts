import { NOISE_VERSION } from '../decoding/noise';
import { InputFileError, readInputFile } from '../files/input-file';
import type { RunSettings } from '../protocol';
import type { RunRecord } from '../trace-file/run-record';
import { MAX_FILE_BYTES, readTraceFile } from '../trace-file/trace-file';
import { TraceFileError } from '../trace-file/trace-file-error';
import { RequestError } from './request-error';
import { sentence, type Said } from '../protocol/sentence';

/**
 * Reads the run of a file.
 * @throws RequestError when the file cannot be read, or holds no trace
 */
export async function readRecord(file: string): Promise<RunRecord> {
  try {
    const record = await readTraceFile(await readInputFile(file, MAX_FILE_BYTES));
    if (record) return record;
  } catch (cause) {
    if (cause instanceof InputFileError) throw new RequestError(cause.sentence, { cause });
    if (cause instanceof TraceFileError)
      throw new RequestError(sentence`${file}: ${cause.sentence}`, { cause });
    throw cause;
  }
  throw new RequestError(
    sentence`${file} has no trace, so no run can go on from it; name a .zipar file of a stopped run.`,
  );
}

/**
 * Requires that a run was made with the noise and the weights of the planned one.
 * @param otherwise what cannot be done without them, for the sentence: "its run cannot go on"
 * @throws RequestError
 */
export function requireSameOrigin(
  file: string,
  { noise, weights }: RunRecord['origin'],
  planned: { readonly settings: RunSettings; readonly weights: string },
  otherwise: Said,
): void {
  if (noise !== NOISE_VERSION)
    throw new RequestError(
      sentence`${file} was made with the noise of another version, so ${otherwise}; make the picture again with --like.`,
    );
  if (weights !== null && weights !== planned.weights)
    throw new RequestError(
      sentence`${file} was made with other weights than those of ${planned.settings.model}, so ${otherwise}; name its model.`,
    );
}
