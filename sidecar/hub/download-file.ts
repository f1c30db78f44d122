import { setTimeout as sleep } from 'node:timers/promises';
import { OutputFileError } from '../files/write-whole-file';
import { HubError } from './hub-error';
import type { HubFile } from './hub-repository';
import { PartialFile } from './partial-file';

/** Attempts in a row that bring nothing. */
const MAX_ATTEMPTS = 5;

export interface FileDownload {
  readonly file: HubFile;
  /** Absolute path that the file gets when it is complete; its folder exists. */
  readonly target: string;
  /** Asks for the bytes from `from` on: status 206 with them, or 200 with all. */
  readonly request: (from: number) => Promise<Response>;
  /** Aborting keeps what has come. */
  readonly signal: AbortSignal;
  /** @param received bytes of the file that are there */
  readonly onBytes: (received: number) => void;
  /** Before the second attempt; doubles with each further one. */
  readonly retryDelayMs: number;
}

/**
 * Downloads a file and goes on where an earlier download ended, also when the connection breaks meanwhile. It has its
 * name only once it is complete and its checksum is right.
 * @throws HubError when it cannot be had, or comes damaged (what came is deleted then); OutputFileError
 */
export async function downloadFile(download: FileDownload): Promise<void> {
  const { file, target } = download;
  const partial = await PartialFile.open(target, file);
  try {
    await receiveAll(partial, download);
  } catch (error) {
    await partial.close();
    throw error;
  }
  if (await partial.finish()) return;
  throw new HubError(
    'transfer',
    `${file.path} came damaged: its ${file.checksum.algorithm} is not ${file.checksum.digest}. It was deleted; download it again.`,
  );
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
      vain = partial.received > before ? 1 : vain + 1;
      if (vain >= MAX_ATTEMPTS) throw error;
      await sleep(retryDelayMs * 2 ** (vain - 1), undefined, { signal });
    }
  }
}

/** One request's worth. @throws HubError `transfer` when it ends before the file does */
async function receive(partial: PartialFile, { file, request, onBytes }: FileDownload): Promise<void> {
  const response = await request(partial.received);
  if (response.status !== 206) partial.restart();
  else if (!isRangeFrom(response, partial.received, file.size)) {
    await response.body?.cancel();
    throw new HubError('transfer', `${file.path}: the server sends another part than was asked for.`);
  }
  onBytes(partial.received);
  try {
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      if (partial.received + bytes.byteLength > file.size)
        throw new HubError(
          'request',
          `${file.path} is longer than its ${file.size} bytes; it was not downloaded.`,
        );
      await partial.append(bytes);
      onBytes(partial.received);
    }
  } catch (cause) {
    if (cause instanceof HubError || cause instanceof OutputFileError) throw cause;
    throw brokenOff(partial, cause);
  }
  if (partial.received < file.size) throw brokenOff(partial);
}

function brokenOff({ file, received }: PartialFile, cause?: unknown): HubError {
  const message = `The connection broke after ${received} of ${file.size} bytes of ${file.path}. They are kept: the same download goes on from there.`;
  return new HubError('transfer', message, { cause });
}

/** `Content-Range: bytes 100-199/200`. */
function isRangeFrom({ headers }: Response, from: number, size: number): boolean {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  return match !== null && Number(match[1]) === from && (match[2] === '*' || Number(match[2]) === size);
}
