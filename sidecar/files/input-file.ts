import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { CONTENT_PROBE_BYTES, findWrongContent } from './file-content';
import { parseStrictJsonText, StrictJsonError } from './strict-json';
import { sentence, SentenceError, type Said } from '../protocol/sentence';

const CHECK_PATH = sentence`Check the path.`;

/** An input file that the program cannot use. The message names the file, what is wrong and what to do. */
export class InputFileError extends SentenceError {
  override readonly name = 'InputFileError';

  constructor(
    /** Name of the file as the caller gave it. */
    readonly file: string,
    /** The problem: a clause without a full stop. */
    readonly problem: Said,
    /** The remedy: one sentence. */
    readonly remedy: Said,
    options?: ErrorOptions,
  ) {
    super(sentence`${file}: ${problem}. ${remedy}`, options);
  }
}

/** Limits for a JSON file that is not trusted. */
export interface JsonLimits {
  readonly maxBytes: number;
  /** Levels of objects and lists. */
  readonly maxDepth: number;
}

/**
 * Opens a regular file for reading. A device, a named pipe or a socket could block for ever or never end, so it is refused.
 * The attempt to open it does not block either.
 * @returns the open file and its size in bytes; the caller closes the file
 * @throws InputFileError when there is no such file, it is not a regular file, or it cannot be opened
 */
export async function openRegularFile(
  file: string,
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  // The check comes before opening, because opening a device can have effects.
  const found = await refusing(file, () => stat(file));
  checkKind(file, found);
  // Undefined on Windows. Another program may have put a named pipe there since the check.
  const nonBlocking = (constants.O_NONBLOCK as number | undefined) ?? 0;
  const handle = await refusing(file, () => open(file, constants.O_RDONLY | nonBlocking));
  try {
    const opened = await handle.stat();
    checkKind(file, opened);
    return { handle, size: opened.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a regular file of limited size.
 * @throws InputFileError also when the file is larger than `maxBytes`
 */
export async function readInputFile(file: string, maxBytes: number): Promise<Buffer> {
  const { handle, size } = await openRegularFile(file);
  try {
    if (size > maxBytes) throw tooLarge(file, maxBytes);
    // Files such as those of /proc claim to be empty, so the limit is checked on the bytes that are read.
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.max(size + 1 - total, 4096));
      const { bytesRead } = await refusing(file, () => handle.read(chunk, 0, chunk.length, total));
      if (bytesRead === 0) return Buffer.concat(chunks, total);
      total += bytesRead;
      if (total > maxBytes) throw tooLarge(file, maxBytes);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/**
 * Reads a text file of limited size: UTF-8, or UTF-16 with a byte order mark. Windows PowerShell 5.1 writes UTF-16.
 * @returns the text without a byte order mark
 * @throws InputFileError also for a text in another encoding, a Git LFS pointer and a web page
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  const bytes = await readInputFile(file, maxBytes);
  const wrong = findWrongContent(bytes.subarray(0, CONTENT_PROBE_BYTES));
  if (wrong) throw new InputFileError(file, wrong.problem, wrong.remedy);
  return decodeText(bytes, file);
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark.
 * @param source names the text in the error: a file, or "standard input"
 * @returns the text without a byte order mark
 * @throws InputFileError for bytes in another encoding
 */
export function decodeText(bytes: Uint8Array, source: string): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputFileError(
      source,
      sentence`this is no text in UTF-8 or UTF-16`,
      sentence`Save it as UTF-8.`,
      { cause },
    );
  }
}

/**
 * Reads a JSON file that is not trusted. Size and depth are limited, and no key may occur twice in an object.
 * @throws InputFileError
 */
export async function readJsonFile(file: string, { maxBytes, maxDepth }: JsonLimits): Promise<unknown> {
  return parseJson(await readTextFile(file, maxBytes), file, maxDepth);
}

/**
 * Parses JSON that is not trusted.
 * @param source names the text in the error: a file, or "standard input"
 * @throws InputFileError
 */
export function parseJson(text: string, source: string, maxDepth: number): unknown {
  try {
    return parseStrictJsonText(text, maxDepth);
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw new InputFileError(
      source,
      sentence`it ${cause.sentence}`,
      sentence`Mend it, or write or download it again.`,
      {
        cause,
      },
    );
  }
}

function checkKind(file: string, found: { isFile(): boolean; isDirectory(): boolean }): void {
  if (found.isDirectory()) throw new InputFileError(file, sentence`this is a folder`, sentence`Name a file.`);
  if (!found.isFile())
    throw new InputFileError(file, sentence`this is no regular file`, sentence`Name a regular file.`);
}

function tooLarge(file: string, maxBytes: number): InputFileError {
  return new InputFileError(
    file,
    sentence`the file is larger than ${maxBytes} bytes`,
    sentence`Name the right file.`,
  );
}

async function refusing<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw describe(file, cause);
  }
}

function describe(file: string, cause: unknown): InputFileError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new InputFileError(file, sentence`there is no such file`, CHECK_PATH, { cause });
  if (code === 'EACCES' || code === 'EPERM')
    return new InputFileError(file, sentence`the file may not be read`, sentence`Check its permissions.`, {
      cause,
    });
  // The file is a socket, or a device without a driver.
  if (code === 'ENXIO')
    return new InputFileError(file, sentence`this is no regular file`, sentence`Name a regular file.`, {
      cause,
    });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InputFileError(file, sentence`the file cannot be read (${reason})`, CHECK_PATH, { cause });
}
