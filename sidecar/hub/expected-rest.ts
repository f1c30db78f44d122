import type { HubAnswer } from './hub-connection';
import { isWebPage, type HubFile } from './hub-repository';

/** The part of a file that an answer brings, when the file is downloaded from some byte on. */
export interface RestOfFile {
  /** Bytes at the answer's start that are already on the disk. */
  readonly skip: number;
  /** Byte of the file at which the answer ends. */
  readonly end: number;
  /**
   * Whether the answer says that it is this part of a file of this size. An answer that says less can be anything, such as
   * a login page of a network. So it is kept only if it brings everything that is missing.
   */
  readonly isAnnounced: boolean;
}

/**
 * Checks an answer's headers against the request: the bytes of `file` from `from` on.
 * @returns a sentence when the answer is no part of the file, so that no byte of it may be kept
 */
export function expectedRest(
  { response, host }: HubAnswer,
  file: HubFile,
  from: number,
): RestOfFile | string {
  const { status, headers } = response;
  if (isWebPage(headers) && !/\.x?html?$/i.test(file.path))
    return `${host} sent a web page in place of ${file.path}; nothing of it was kept. Sign in to this network in a browser if it wants that, then download again.`;
  const isEncoded = !['', 'identity'].includes((headers.get('content-encoding') ?? '').trim().toLowerCase());
  const length = isEncoded ? undefined : wholeNumber(headers.get('content-length'));
  if (status === 206) {
    const range = rangeOf(headers);
    if (
      isEncoded ||
      range?.start !== from ||
      range.end > file.size ||
      (range.size ?? file.size) !== file.size
    )
      return `${host} sent another part of ${file.path} than was asked for; nothing of it was kept.`;
    if (length !== undefined && length !== range.end - from)
      return wrongLength(host, file, range.end - from, length);
    return { skip: 0, end: range.end, isAnnounced: range.size !== undefined || range.end === file.size };
  }
  if (status !== 200) return `${host} answered with status ${status} in place of ${file.path}.`;
  if (length !== undefined && length !== file.size) return wrongLength(host, file, file.size, length);
  return { skip: from, end: file.size, isAnnounced: length !== undefined };
}

function wrongLength(host: string, { path }: HubFile, expected: number, length: number): string {
  return `${host} sent ${length} bytes in place of the ${expected} of ${path}; nothing of them was kept. Download it again.`;
}

/**
 * Reads `Content-Range: bytes 100-199/200`. The returned end is the byte after the last one. The size is undefined when the
 * header says `*`.
 */
function rangeOf(
  headers: Headers,
): { readonly start: number; readonly end: number; readonly size: number | undefined } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(headers.get('content-range') ?? '');
  const [, start, last, size] = match ?? [];
  if (Number(last) < Number(start)) return undefined;
  return match
    ? { start: Number(start), end: Number(last) + 1, size: size === '*' ? undefined : Number(size) }
    : undefined;
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
