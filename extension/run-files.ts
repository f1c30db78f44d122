import { open, readFile, stat } from 'node:fs/promises';
import { workspace, type Uri } from 'vscode';
import { pngSummary } from '../sidecar/trace-file/png-summary';
import { summaryOf, type RunSummary } from '../sidecar/trace-file/run-summary';
import { MAX_FILE_BYTES, readTraceFile } from '../sidecar/trace-file/trace-file';
import { TraceFileError } from '../sidecar/trace-file/trace-file-error';

/** The metadata of a picture stand in its first bytes. A long prompt takes a few kB. */
const HEAD_BYTES = 16 << 10;
/** Bytes of a `.zipar` file in a list at most. */
const MAX_TRACE_BYTES = 16 << 20;

/** A file, and what it says of its run. */
export interface RunFile {
  readonly file: Uri;
  readonly summary: RunSummary;
  /** In ms since 1970: when the run began, or else when the file was changed. */
  readonly madeAt: number;
}

/**
 * What a file says of its run, read from as few bytes as possible.
 * @returns undefined when it is not ours, damaged or not readable: a list leaves it out
 */
export async function readRunFile(file: Uri): Promise<RunFile | undefined> {
  try {
    const { bytes, changedAt } = await headOf(file);
    const isTrace = /\.zipar$/i.test(file.path);
    const record = isTrace ? await readTraceFile(bytes) : undefined;
    const summary = record ? summaryOf(record) : pngSummary(bytes);
    return summary && { file, summary, madeAt: summary.madeAt ?? changedAt };
  } catch {
    return undefined;
  }
}

/** The settings of a file's run. @throws TraceFileError when the file is damaged; FileSystemError when it cannot be read */
export async function readSummary(file: Uri): Promise<RunSummary | undefined> {
  const { size } = await workspace.fs.stat(file);
  if (size > MAX_FILE_BYTES) throw new TraceFileError('The file is too large.');
  const bytes = await workspace.fs.readFile(file);
  const record = await readTraceFile(bytes);
  return record ? summaryOf(record) : pngSummary(bytes);
}

async function headOf(file: Uri): Promise<{ readonly bytes: Uint8Array; readonly changedAt: number }> {
  if (file.scheme !== 'file') {
    const { mtime, size } = await workspace.fs.stat(file);
    if (size > MAX_TRACE_BYTES) throw new TraceFileError('The file is too large for the list.');
    return { bytes: await workspace.fs.readFile(file), changedAt: mtime };
  }
  const { mtimeMs, size } = await stat(file.fsPath);
  const isTrace = /\.zipar$/i.test(file.path);
  if (isTrace && size > MAX_TRACE_BYTES) throw new TraceFileError('The file is too large for the list.');
  const bytes = isTrace ? await readFile(file.fsPath) : await firstBytes(file.fsPath);
  return { bytes, changedAt: mtimeMs };
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
