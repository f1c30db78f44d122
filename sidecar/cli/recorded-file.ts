import { InputFileError, readInputFile } from '../files/input-file';
import { pngSummary } from '../trace-file/png-summary';
import type { RunRecord } from '../trace-file/run-record';
import { summaryOf, type RunSummary } from '../trace-file/run-summary';
import { MAX_FILE_BYTES, readTraceFile } from '../trace-file/trace-file';
import { TraceFileError } from '../trace-file/trace-file-error';
import { UsageError } from './usage-error';

/** A run as a file tells of it. */
export interface RecordedRun {
  /** Name of the file as the user wrote it. */
  readonly file: string;
  readonly summary: RunSummary;
  /** Undefined for a picture of an earlier version, and for one whose trace was taken out. */
  readonly record: RunRecord | undefined;
}

/**
 * Reads the run of a PNG or `.zipar` file.
 * @throws UsageError when there is no such file, it is damaged, or it tells of no run
 */
export async function readRecordedFile(file: string): Promise<RecordedRun> {
  try {
    const bytes = await readInputFile(file, MAX_FILE_BYTES);
    const record = await readTraceFile(bytes);
    const summary = record ? summaryOf(record) : pngSummary(bytes);
    if (summary) return { file, summary, record };
  } catch (cause) {
    if (cause instanceof InputFileError) throw new UsageError(cause.message, { cause });
    if (cause instanceof TraceFileError) throw new UsageError(`${file}: ${cause.message}`, { cause });
    throw cause;
  }
  throw new UsageError(`${file} tells of no run; name a picture or .zipar file that ZipAR Studio wrote.`);
}
