import { ModelError } from '../model-error';
import type { ConditionManifest, ManifestDraft, TransformerManifest } from '../model-manifest';
import type { TensorShapes } from '../tensor-shapes';
import { publishedHeads } from './published-models';

/** The tensor that a LlamaGen transformer is known by. */
export const TRANSFORMER_TENSOR = 'layers.0.attention.wqkv.weight';

/** A transformer as its tensors tell it; `heads` is undefined where they do not, and no published size fits. */
export interface InferredTransformer extends Omit<TransformerManifest, 'weights' | 'heads' | 'kvHeads'> {
  readonly heads: number | undefined;
  readonly kvHeads: number | undefined;
}

/**
 * A LlamaGen transformer's architecture from the shapes of its tensors. They say nothing of the number of heads, which
 * is taken from `said` or the published sizes, nor of rotary base and norm epsilon, which are the same in all of them.
 * @throws ModelError when a tensor is missing or has an impossible shape
 */
export function inferTransformer(
  shapes: TensorShapes,
  said: ManifestDraft['transformer'],
): InferredTransformer {
  const [vocab, dim] = shapes.matrix('tok_embeddings.weight');
  const layers = shapes.count((layer) => `layers.${layer}.attention.wqkv.weight`);
  const heads = said?.heads ?? publishedHeads(layers, dim);
  const [rows] = shapes.matrix(TRANSFORMER_TENSOR); // dim + 2 * kvHeads * headDim
  const kvHeads = heads === undefined ? undefined : ((rows - dim) / 2 / dim) * heads;
  if (kvHeads !== undefined && !(Number.isInteger(kvHeads) && kvHeads > 0)) {
    throw new ModelError(
      `${shapes.file}: "${TRANSFORMER_TENSOR}" has ${rows} rows, which ${heads ?? 0} heads over a width of ${dim} do not come to; correct "transformer.heads" in the manifest.`,
    );
  }
  return { layers, dim, heads, kvHeads, vocab, ropeBase: 10000, normEps: 1e-5 };
}

/**
 * What a LlamaGen transformer is conditioned on, from the tensors of its `cls_embedding`.
 * @throws ModelError when they are none that can be read without a manifest
 */
export function inferCondition(shapes: TensorShapes): ConditionManifest {
  if (shapes.has('cls_embedding.embedding_table.weight')) {
    const [labels] = shapes.matrix('cls_embedding.embedding_table.weight');
    if (labels > 1) return { kind: 'class', classes: labels - 1 }; // the last is the null class
  }
  if (shapes.has('cls_embedding.uncond_embedding')) {
    const [tokens, dim] = shapes.matrix('cls_embedding.uncond_embedding');
    return { kind: 'caption-embedding', tokens, dim };
  }
  throw new ModelError(
    `${shapes.file} has neither a class table nor an empty caption under "cls_embedding"; say in a manifest what its "condition" is.`,
  );
}
