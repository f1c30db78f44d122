import { errorReport } from '../engine/error-report';
import { OutputFileError } from '../files/write-whole-file';
import type { ErrorCode } from '../protocol';

/** The command cannot do what the user asked for in this form: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Codes of a request that was correct, but failed. */
const FAILED: readonly ErrorCode[] = ['engine-failed', 'provider-failed', 'out-of-memory'];

/** A failure as the command reports it: a UsageError when the user can mend it, else the failure itself. */
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
