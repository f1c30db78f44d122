import { l10n, workspace, type CustomDocument, type Uri } from 'vscode';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { pngSummary } from '../sidecar/trace-file/png-summary';
import { summaryOf, type RunSummary } from '../sidecar/trace-file/run-summary';
import { MAX_FILE_BYTES, readTraceFile } from '../sidecar/trace-file/trace-file';
import { TraceFileError } from '../sidecar/trace-file/trace-file-error';
import { inUsersLanguage } from './in-users-language';
import { UserError } from './report-error';

/** A PNG or `.zipar` file with the run that it holds. */
export interface RunDocument extends CustomDocument {
  readonly bytes: Uint8Array;
  readonly record: RunRecord;
}

/** Reads the run of a file. @throws UserError when the file cannot be read, is damaged, or holds no run */
export async function readRunDocument(uri: Uri): Promise<RunDocument> {
  const bytes = await readFile(uri);
  const record = await foundIn(uri, () => readTraceFile(bytes));
  return { uri, bytes, record, dispose: () => undefined };
}

/** Reads the run of a picture; undefined for a picture without a trace. @throws UserError when it cannot be read, or is damaged */
export async function readRunRecord(uri: Uri): Promise<RunRecord | undefined> {
  const bytes = await readFile(uri);
  return readIn(uri, () => readTraceFile(bytes));
}

/**
 * Reads the settings of a file's run. A picture without a trace has them in its metadata.
 * @throws UserError when the file cannot be read, is damaged, or does not tell how it was made
 */
export async function readRunSummary(uri: Uri): Promise<RunSummary> {
  const bytes = await readFile(uri);
  return foundIn(uri, async () => {
    const record = await readTraceFile(bytes);
    return record ? summaryOf(record) : pngSummary(bytes);
  });
}

async function readFile(uri: Uri): Promise<Uint8Array> {
  try {
    const { size } = await workspace.fs.stat(uri);
    if (size <= MAX_FILE_BYTES) return await workspace.fs.readFile(uri);
  } catch {
    throw new UserError(l10n.t('{0} cannot be read.', uri.fsPath));
  }
  throw new UserError(l10n.t('{0} is too large to be a picture of ZipAR Studio.', uri.fsPath));
}

async function readIn<T>(uri: Uri, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TraceFileError)) throw error;
    throw new UserError(`${uri.fsPath}: ${inUsersLanguage(error.sentence)}`);
  }
}

async function foundIn<T>(uri: Uri, read: () => Promise<T | undefined>): Promise<T> {
  const found = await readIn(uri, read);
  if (found !== undefined) return found;
  throw new UserError(
    l10n.t('{0} does not tell how it was made: another program or an earlier version wrote it.', uri.fsPath),
  );
}
