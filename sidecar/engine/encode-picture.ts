import { generationText } from '../image/generation-metadata';
import { encodePng } from '../image/png';
import type { RunRecord } from '../trace-file/run-record';
import { encodeTrace } from '../trace-file/trace-file';
import { TraceFileError } from '../trace-file/trace-file-error';
import type { DecodedImage } from './engine-messages';

/** Encodes a picture as PNG, with the record of its run. A record that is too large for a file is left out. */
export async function encodePicture(
  { rgb, width, height }: DecodedImage,
  record: RunRecord,
): Promise<Uint8Array> {
  return encodePng(rgb, width, height, generationText(record), await traceOf(record));
}

async function traceOf(record: RunRecord): Promise<Uint8Array | undefined> {
  try {
    return await encodeTrace(record);
  } catch (error) {
    if (error instanceof TraceFileError) return undefined;
    throw error;
  }
}
