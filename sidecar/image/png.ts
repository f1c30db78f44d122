import { deflateSync } from 'node:zlib';
import { crc32 } from '../files/crc32';
import { isPng, PNG_SIGNATURE } from '../trace-file/png-chunks';
import { TRACE_CHUNK } from '../trace-file/png-trace';
import { filterRows } from './png-filters';
import { sentence, SentenceError } from '../protocol/sentence';

/** Keyword and text of a PNG. */
export type PngText = readonly [keyword: string, text: string];

const MAX_SIDE = 2 ** 31 - 1;
const KEYWORD_PATTERN = /^[!-~](?:[ -~]{0,77}[!-~])?$/;

/**
 * Encodes a PNG file (https://www.w3.org/TR/png-3/) of 8-bit RGB pixels. Texts stand before the picture, so that readers
 * that stop at the pixels find them. Latin-1 texts become `tEXt`, others `iTXt` in UTF-8.
 *
 * @param rgb [height, width, 3]
 * @param texts keywords of 1..79 printable ASCII characters; texts without NUL
 * @param trace the trace of the run that made the picture. It stands after the picture, because few readers want it
 * @throws RangeError when the sizes do not agree, or a text cannot be stored
 */
export function encodePng(
  rgb: Uint8Array,
  width: number,
  height: number,
  texts: readonly PngText[] = [],
  trace?: Uint8Array,
): Uint8Array {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_SIDE)
      throw new RangeError(`A picture of ${width} x ${height} pixels cannot be written.`);
  }
  if (rgb.length !== 3 * width * height) {
    throw new RangeError(
      `A picture of ${width} x ${height} pixels has ${3 * width * height} bytes, not ${rgb.length}.`,
    );
  }
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk('IHDR', header(width, height)),
    ...texts.map(textChunk),
    chunk('IDAT', deflateSync(filterRows(rgb, width, height))),
    ...(trace ? [chunk(TRACE_CHUNK, trace)] : []),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Header of the picture: 8 bits a sample, RGB, deflate, adaptive filters, not interlaced. */
function header(width: number, height: number): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  return bytes;
}

function textChunk([keyword, text]: PngText): Buffer {
  if (!KEYWORD_PATTERN.test(keyword))
    throw new RangeError(`${JSON.stringify(keyword)} cannot be the keyword of a PNG text.`);
  if (text.includes('\0')) throw new RangeError(`The PNG text "${keyword}" contains a NUL character.`);
  const isLatin1 = /^[\n\x20-\x7e\xa0-\xff]*$/.test(text);
  return isLatin1
    ? chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
    : // The text is not compressed and has no language and no translated keyword.
      chunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0${text}`, 'utf8'));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(4 + body.length + 4);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}

/** The bytes are not a correct PNG file. */
export class PngError extends SentenceError {
  override readonly name = 'PngError';
}

/**
 * The texts of an untrusted PNG file by keyword. If two texts have one keyword, the first is taken. Compressed texts are
 * skipped. The length and checksum of every chunk are checked. The picture is not decoded.
 *
 * @throws PngError
 */
export function readPngText(bytes: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of readChunks(bytes)) {
    const text = type === 'tEXt' ? readLatin1Text(data) : type === 'iTXt' ? readUnicodeText(data) : undefined;
    if (text && !texts.has(text[0])) texts.set(text[0], text[1]);
  }
  return texts;
}

/** A chunk of a PNG file. */
export interface CheckedChunk {
  /** Four letters. */
  readonly type: string;
  readonly data: Buffer;
}

/** A PNG file of these chunks. Its end is added. */
export function encodeChunks(chunks: readonly CheckedChunk[]): Uint8Array {
  return Buffer.concat([
    PNG_SIGNATURE,
    ...chunks.map(({ type, data }) => chunk(type, data)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The chunks of an untrusted PNG file without its end, with lengths and checksums checked. @throws PngError */
export function* readChunks(file: Uint8Array): Generator<CheckedChunk> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!isPng(bytes)) throw new PngError(sentence`This is not a PNG file.`);
  let at = PNG_SIGNATURE.length;
  for (let count = 0; ; count++) {
    const left = bytes.length - at - 12;
    const length = left < 0 ? Infinity : bytes.readUInt32BE(at);
    if (length > left)
      throw new PngError(sentence`The PNG file ends in the middle; it is damaged or incomplete.`);
    const body = bytes.subarray(at + 4, at + 8 + length);
    const type = body.toString('latin1', 0, 4);
    if (crc32(body) !== bytes.readUInt32BE(at + 8 + length))
      throw new PngError(sentence`A part of the PNG file does not match its checksum; it is damaged.`);
    if ((count === 0) !== (type === 'IHDR'))
      throw new PngError(sentence`The PNG file does not begin with one header; it is damaged.`);
    if (type === 'IEND') return;
    yield { type, data: body.subarray(4) };
    at += 12 + length;
  }
}

function readLatin1Text(data: Buffer): PngText | undefined {
  const end = data.indexOf(0);
  if (end < 1 || end > 79) return undefined;
  return [data.toString('latin1', 0, end), data.toString('latin1', end + 1)];
}

/** Reads keyword NUL, compression flag and method, language NUL, translated keyword NUL, text. */
function readUnicodeText(data: Buffer): PngText | undefined {
  const end = data.indexOf(0);
  const languageEnd = data.indexOf(0, end + 3);
  const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (end < 1 || end > 79 || translatedEnd < 0 || data[end + 1] !== 0) return undefined;
  try {
    return [
      data.toString('latin1', 0, end),
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data.subarray(translatedEnd + 1)),
    ];
  } catch {
    throw new PngError(sentence`A text of the PNG file is not UTF-8; it is damaged.`);
  }
}
