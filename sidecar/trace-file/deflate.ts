import { joined } from './joined-bytes';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/** The part of a platform's stream that this file uses. Node.js, VS Code and browsers have the same streams. */
interface ByteStream {
  readonly readable: { getReader(): ByteReader };
  readonly writable: { getWriter(): ByteWriter };
}

interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

interface ByteWriter {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

/** The number of bytes that the stream gets at once. Small pieces make it possible to stop a stream that becomes too long. */
const PIECE_BYTES = 1 << 14;

/** Compresses bytes in the format of zlib (RFC 1950). */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return through(new CompressionStream('deflate'), bytes, Infinity);
}

/**
 * Decompresses bytes in the format of zlib (RFC 1950), and checks their checksum.
 * @param length the number of bytes that the result must have
 * @throws TraceFileError when the bytes are damaged, or when the result is longer or shorter
 */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array<ArrayBuffer>> {
  let inflated: Uint8Array<ArrayBuffer>;
  try {
    inflated = await through(new DecompressionStream('deflate'), bytes, length);
  } catch (cause) {
    if (cause instanceof TraceFileError) throw cause;
    throw new TraceFileError(sentence`The trace cannot be decompressed; it is damaged.`, { cause });
  }
  if (inflated.length !== length)
    throw new TraceFileError(sentence`The trace holds ${inflated.length} bytes where ${length} are due.`);
  return inflated;
}

/** Sends bytes through a stream. @param most the largest size of the result. @throws TraceFileError when it is larger */
async function through(
  stream: ByteStream,
  bytes: Uint8Array,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const written = writeAll(writer, bytes);
  // If writing fails, reading fails, too, and the error is reported there.
  written.catch(() => undefined);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!value) continue;
    size += value.length;
    if (size > most) {
      await reader.cancel().catch(() => undefined);
      throw new TraceFileError(sentence`The trace grows beyond the ${most} bytes that it claims.`);
    }
    pieces.push(value);
  }
  await written;
  return joined(pieces, size);
}

async function writeAll(writer: ByteWriter, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    await writer.write(new Uint8Array(bytes.subarray(at, at + PIECE_BYTES)));
  await writer.close();
}
