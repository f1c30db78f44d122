import { errorReport } from '../engine/error-report';
import { OutputFileError } from '../files/write-whole-file';
import type { ErrorCode } from '../protocol';

/** What the user asked for cannot be done as it stands: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It was right to ask, and still could not be done. */
const FAILED: readonly ErrorCode[] = ['engine-failed', 'provider-failed', 'out-of-memory'];

/** A failure as the command reports it: a UsageError when it is the user's to mend, else itself. */
export function asUsageError(error: unknown): unknown {
  if (error instanceof UsageError) return error;
  if (error instanceof OutputFileError) return new UsageError(error.message, { cause: error });
  const { code, message } = errorReport(error);
  if (/\buv_cwd\b/.test(message))
    return new UsageError('The current folder does not exist any more; change into another.', {
      cause: error,
    });
  return FAILED.includes(code) ? error : new UsageError(message, { cause: error });
}
