import { joined } from './joined-bytes';
import { isPng, PNG_SIGNATURE, pngChunks, type PngChunk } from './png-chunks';
import { TraceFileError } from './trace-file-error';

/**
 * Type of the chunk that holds a trace in a PNG file. By its letters, other programs may ignore the chunk, it is private, and
 * it does not fit a picture whose pixels were changed (https://www.w3.org/TR/png-3/#5Chunk-naming-conventions).
 */
export const TRACE_CHUNK = 'zpTR';

/**
 * The data of a PNG's first trace chunk; undefined when it has none. The picture is not looked at.
 * @throws TraceFileError when the file is not a PNG, or ends in the middle
 */
export function pngTrace(bytes: Uint8Array): Uint8Array | undefined {
  return chunksOf(bytes).find(({ type }) => type === TRACE_CHUNK)?.data;
}

/** The PNG file without its traces. All else stays as it is. @throws TraceFileError as {@link pngTrace} */
export function withoutPngTrace(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = chunksOf(bytes).filter(({ type }) => type !== TRACE_CHUNK);
  return joined([PNG_SIGNATURE, ...kept.map(({ whole }) => whole)]);
}

function chunksOf(bytes: Uint8Array): readonly PngChunk[] {
  if (!isPng(bytes)) throw new TraceFileError('This is neither a PNG nor a .zipar file.');
  const chunks = [...pngChunks(bytes)];
  if (chunks.at(-1)?.type !== 'IEND')
    throw new TraceFileError('The PNG file ends in the middle; it is damaged or incomplete.');
  return chunks;
}
