import { setTimeout as sleep } from 'node:timers/promises';
import { OutputFileError } from '../files/write-whole-file';
import { expectedRest, type RestOfFile } from './expected-rest';
import type { HubAnswer } from './hub-connection';
import { HubError } from './hub-error';
import type { HubFile } from './hub-repository';
import { PartialFile } from './partial-file';

/** Most attempts in a row that bring almost nothing. */
const MAX_ATTEMPTS = 5;
/**
 * Least bytes of a useful attempt. Without this limit, a server that breaks off after each byte could hold a download for
 * ever.
 */
const LEAST_BYTES = 4096;

export interface FileDownload {
  readonly file: HubFile;
  /** Absolute path of the complete file; its folder exists. */
  readonly target: string;
  /** Requests the bytes from `from` on. */
  readonly request: (from: number) => Promise<HubAnswer>;
  /** Reads an answer's body. */
  readonly read: (answer: HubAnswer) => AsyncIterable<Uint8Array>;
  /** Aborting keeps the bytes that have come. */
  readonly signal: AbortSignal;
  /** @param received bytes of the file that are there */
  readonly onBytes: (received: number) => void;
  /** Wait before the second attempt; doubles with each further attempt. */
  readonly retryDelayMs: number;
}

/**
 * Downloads a file. It continues where an earlier download ended, also when the connection breaks meanwhile. The file gets
 * its name only when it is complete and its checksum is right. If an earlier download left wrong bytes, the download starts
 * over.
 * @throws HubError when the file is not available, or comes damaged (the damaged bytes are deleted); OutputFileError
 */
export async function downloadFile(download: FileDownload): Promise<void> {
  const { file } = download;
  const first = await downloadOnce(download);
  if (first.isRight || (first.wasBegun && (await downloadOnce(download)).isRight)) return;
  throw new HubError(
    'transfer',
    `${file.path} came damaged: its ${file.checksum.algorithm} is not ${file.checksum.digest}. It was deleted; download it again.`,
  );
}

/** Tries once. @returns whether the checksum is right, and whether an earlier download had begun the file */
async function downloadOnce(
  download: FileDownload,
): Promise<{ readonly isRight: boolean; readonly wasBegun: boolean }> {
  const partial = await PartialFile.open(download.target, download.file);
  const wasBegun = partial.received > 0;
  try {
    await receiveAll(partial, download);
  } catch (error) {
    await partial.close();
    throw error;
  }
  return { isRight: await partial.finish(), wasBegun };
}

async function receiveAll(partial: PartialFile, download: FileDownload): Promise<void> {
  const { file, signal, retryDelayMs } = download;
  let vain = 0;
  while (partial.received < file.size) {
    const before = partial.received;
    try {
      await receive(partial, download);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HubError) || error.reason !== 'transfer') throw error;
      vain = partial.received - before >= LEAST_BYTES ? 1 : vain + 1;
      if (vain >= MAX_ATTEMPTS) throw error;
      await sleep(retryDelayMs * 2 ** (vain - 1), undefined, { signal });
    }
  }
}

/** Receives the answer to one request. @throws HubError `transfer` when the answer ends before the file does */
async function receive(partial: PartialFile, download: FileDownload): Promise<void> {
  const { file, request, onBytes } = download;
  const from = partial.received;
  const answer = await request(from);
  const rest = expectedRest(answer, file, from);
  if (typeof rest === 'string') {
    await answer.response.body?.cancel();
    throw new HubError('transfer', rest);
  }
  onBytes(from);
  const start = partial.mark();
  try {
    await append(partial, answer, rest, download);
    if (partial.received < file.size) throw new Error('the answer ended');
  } catch (cause) {
    if (!rest.isAnnounced) await partial.takeBack(start);
    if (cause instanceof HubError || cause instanceof OutputFileError) throw cause;
    throw brokenOff(partial, cause);
  }
}

async function append(
  partial: PartialFile,
  answer: HubAnswer,
  { skip, end }: RestOfFile,
  { file, read, onBytes }: FileDownload,
): Promise<void> {
  let toSkip = skip;
  for await (const chunk of read(answer)) {
    const bytes = chunk.subarray(Math.min(toSkip, chunk.byteLength));
    toSkip -= chunk.byteLength - bytes.byteLength;
    if (partial.received + bytes.byteLength > end)
      throw new HubError(
        'transfer',
        `${file.path} is longer than its ${file.size} bytes; download it again.`,
      );
    await partial.append(bytes);
    onBytes(partial.received);
  }
}

function brokenOff({ file, received }: PartialFile, cause: unknown): HubError {
  const message =
    received === 0
      ? `The connection broke before anything of ${file.path} was there; download it again.`
      : `The connection broke after ${received} of ${file.size} bytes of ${file.path}. They are kept: the same download goes on from there.`;
  return new HubError('transfer', message, { cause });
}
