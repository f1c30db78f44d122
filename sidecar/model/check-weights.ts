import { Checkpoint } from './checkpoint';
import { buildConditionGraph } from './llamagen/condition';
import { feedForwardWidth, transformerTensors } from './llamagen/transformer-weights';
import type { ModelFolder } from './model-folder';
import { ModelError } from './model-error';
import { buildVqDecoderGraph } from './vq-decoder-graph';

/**
 * Checks that the files of a model hold every tensor that a run needs, in its shape and in a type that graphs compute with.
 * It reads only headers, in milliseconds. A run that cannot end should not begin.
 * @param withImage whether a picture is drawn at the end
 * @throws ModelError, WeightsError naming file and tensor
 */
export async function checkWeights(model: ModelFolder, withImage: boolean): Promise<void> {
  const { folder, manifest, vocabulary } = model;
  const { transformer, condition, vq, grid } = manifest;
  if (transformer) {
    const checkpoint = await Checkpoint.open(folder, transformer.weights);
    const hidden = feedForwardWidth(checkpoint, transformer.dim);
    for (const { name, shape } of transformerTensors(transformer, hidden)) checkpoint.tensor(name, shape);
    buildConditionGraph(condition, transformer.dim, checkpoint);
    if (condition.kind === 'caption-embedding')
      checkpoint.tensor('cls_embedding.uncond_embedding', [condition.tokens, condition.dim]);
    if (vocabulary) checkVocabulary(vocabulary.words.length, checkpoint, transformer.dim);
  }
  if (vq && withImage) {
    const [height, width] = grid;
    buildVqDecoderGraph(vq, { height, width }, await Checkpoint.open(folder, vq.weights));
  }
}

/** Checks that the table has a row for every word. */
function checkVocabulary(words: number, checkpoint: Checkpoint, dim: number): void {
  const rows = checkpoint.rows('cls_embedding.word_embedding.weight', dim);
  if (words <= rows) return;
  throw new ModelError(
    `${checkpoint.file} has embeddings of ${rows} words where the vocabulary has ${words}; fetch both files of one model.`,
  );
}
