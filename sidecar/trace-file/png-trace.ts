import { joined } from './joined-bytes';
import { isPng, PNG_SIGNATURE, pngChunks, type PngChunk } from './png-chunks';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/**
 * The type of the chunk that holds a record in a PNG file. The case of each letter has a meaning. Other programs may ignore the
 * chunk. The chunk is private. A program that changes the pixels must not copy the chunk.
 * Source: https://www.w3.org/TR/png-3/#5Chunk-naming-conventions
 */
export const TRACE_CHUNK = 'zpTR';

/**
 * The data of the first chunk with a record in a PNG; undefined when there is none. The picture itself is not read.
 * @throws TraceFileError when the file is not a PNG, or ends in the middle
 */
export function pngTrace(bytes: Uint8Array): Uint8Array | undefined {
  return chunksOf(bytes).find(({ type }) => type === TRACE_CHUNK)?.data;
}

/** The PNG file without its records. All other chunks stay as they are. @throws TraceFileError as {@link pngTrace} does */
export function withoutPngTrace(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = chunksOf(bytes).filter(({ type }) => type !== TRACE_CHUNK);
  return joined([PNG_SIGNATURE, ...kept.map(({ whole }) => whole)]);
}

function chunksOf(bytes: Uint8Array): readonly PngChunk[] {
  if (!isPng(bytes)) throw new TraceFileError(sentence`This is neither a PNG nor a .zipar file.`);
  const chunks = [...pngChunks(bytes)];
  if (chunks.at(-1)?.type !== 'IEND')
    throw new TraceFileError(sentence`The PNG file ends in the middle; it is damaged or incomplete.`);
  return chunks;
}
