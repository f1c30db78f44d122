import { open, stat } from 'node:fs/promises';
import { workspace, type Uri } from 'vscode';
import { pngSummary } from '../sidecar/trace-file/png-summary';
import { summaryOf, type RunSummary } from '../sidecar/trace-file/run-summary';
import { readTraceFile } from '../sidecar/trace-file/trace-file';
import { TraceFileError } from '../sidecar/trace-file/trace-file-error';

/** The metadata of a picture stand in its first bytes. A long prompt takes a few kB. */
const HEAD_BYTES = 16 << 10;
/** Bytes at most of a file that is read whole for the list. */
const MAX_WHOLE_BYTES = 16 << 20;

/** A file, and what it says of its run. */
export interface RunFile {
  readonly file: Uri;
  readonly summary: RunSummary;
  /** In ms since 1970: when the run began, or else when the file was changed. */
  readonly madeAt: number;
}

/** What a look at a file found. */
export interface Look {
  /** In ms since 1970. */
  readonly changedAt: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Undefined when the file is not ours, or damaged. */
  readonly run: RunFile | undefined;
}

/**
 * Looks at a file, and reads as few bytes as possible. A file of the same size and time as in an earlier look is not read again.
 * @returns undefined when the file cannot be read
 */
export async function lookAt(file: Uri, earlier: Look | undefined): Promise<Look | undefined> {
  try {
    const { changedAt, size } = await stateOf(file);
    if (earlier?.changedAt === changedAt && earlier.size === size) return earlier;
    return { changedAt, size, run: await runIn(file, changedAt, size) };
  } catch {
    return undefined;
  }
}

async function stateOf(file: Uri): Promise<Pick<Look, 'changedAt' | 'size'>> {
  const { mtime, size } =
    file.scheme === 'file'
      ? await stat(file.fsPath).then(({ mtimeMs, size }) => ({ mtime: mtimeMs, size }))
      : await workspace.fs.stat(file);
  return { changedAt: mtime, size };
}

async function runIn(file: Uri, changedAt: number, size: number): Promise<RunFile | undefined> {
  const isTrace = /\.zipar$/i.test(file.path);
  // Other file systems give whole files only.
  const isReadWhole = isTrace || file.scheme !== 'file';
  if (isReadWhole && size > MAX_WHOLE_BYTES) return undefined;
  const bytes = isReadWhole ? await workspace.fs.readFile(file) : await firstBytes(file.fsPath);
  try {
    const record = isTrace ? await readTraceFile(bytes) : undefined;
    const summary = record ? summaryOf(record) : pngSummary(bytes);
    return summary && { file, summary, madeAt: summary.madeAt ?? changedAt };
  } catch (error) {
    if (error instanceof TraceFileError) return undefined;
    throw error;
  }
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
