import { areFinite } from './are-finite';
import { ModelError } from './model-error';
import type { PromptHalf } from './family';
import { readTensorAsFloat32, readTensorAsIntegers } from './weights/read-tensor';
import { openSafetensors } from './weights/safetensors';
import { sentence } from '../protocol/sentence';

/**
 * Reads precomputed caption embeddings. The file is a safetensors file with `caption_emb` [tokens, dim], left-padded, and
 * `emb_mask` [tokens], 1 where a token is real.
 * @throws ModelError when the shapes do not fit the model, or values are infinite or NaN; WeightsError when the file is
 *   damaged
 */
export async function readCaptionFile(file: string, tokens: number, dim: number): Promise<PromptHalf> {
  const tensors = await openSafetensors(file);
  const embedding = tensors.get('caption_emb');
  const mask = tensors.get('emb_mask');
  if (!embedding || !mask)
    throw new ModelError(sentence`${file} lacks "caption_emb" or "emb_mask"; give a file with both.`);
  if (embedding.shape.join() !== `${tokens},${dim}` || mask.shape.join() !== String(tokens)) {
    throw new ModelError(
      sentence`${file}: caption_emb is [${embedding.shape.join(', ')}] and emb_mask [${mask.shape.join(', ')}] where the model takes [${tokens}, ${dim}] and [${tokens}].`,
    );
  }
  const valid =
    mask.dtype.startsWith('F') || mask.dtype === 'BF16'
      ? await readTensorAsFloat32(mask)
      : await readTensorAsIntegers(mask);
  const embeddings = await readTensorAsFloat32(embedding);
  if (!areFinite(embeddings) || !areFinite(valid))
    throw new ModelError(sentence`${file} holds values that are no numbers; make the file again.`);
  return { kind: 'embeddings', embeddings, padded: Array.from(valid, (value) => value === 0) };
}
