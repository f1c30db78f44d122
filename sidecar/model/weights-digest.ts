import { createHash } from 'node:crypto';
import { openRegularFile } from '../files/input-file';
import { weightFiles, type ModelFolder } from './model-folder';

/** Places in a file whose bytes count, and bytes at each place. */
const SAMPLES = 64;
const SAMPLE_BYTES = 4096;

/**
 * A digest that tells a model's weights from others without reading gigabytes. It covers the size of each weight file and 64
 * samples of it. Names, folders and times do not count, so a copy has the same digest. Training changes every sample.
 * @returns 32 hexadecimal digits
 * @throws ModelError when a file is missing; InputFileError when a file cannot be read
 */
export async function weightsDigest(model: ModelFolder): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await weightFiles(model)) {
    const { handle, size } = await openRegularFile(file);
    try {
      hash.update(`${size}\n`);
      const sample = Buffer.alloc(SAMPLE_BYTES);
      const span = Math.max(0, size - SAMPLE_BYTES);
      for (let i = 0; i < SAMPLES; i++) {
        const at = Math.floor((span * i) / (SAMPLES - 1));
        const { bytesRead } = await handle.read(sample, 0, SAMPLE_BYTES, at);
        hash.update(sample.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex').slice(0, 32);
}
