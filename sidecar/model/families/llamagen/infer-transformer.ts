import type { ConditionNeed } from '../../family';
import type { Draft } from '../../json-fields';
import { ModelError } from '../../model-error';
import type { TensorShapes } from '../../tensor-shapes';
import type { TransformerManifest } from './manifest';
import { publishedHeads } from './published-models';
import { sentence } from '../../../protocol/sentence';

/** The tensor that identifies a LlamaGen transformer. */
export const TRANSFORMER_TENSOR = 'layers.0.attention.wqkv.weight';

/** A transformer as its tensors describe it. `heads` is undefined where neither tensors nor published sizes tell it. */
export interface InferredTransformer extends Omit<TransformerManifest, 'weights' | 'heads' | 'kvHeads'> {
  readonly heads: number | undefined;
  readonly kvHeads: number | undefined;
}

/**
 * A LlamaGen transformer's architecture from the shapes of its tensors. The shapes do not tell the number of heads; it comes
 * from `said` or from the published sizes. Rotary base and norm epsilon are the same in all models.
 * @throws ModelError when a tensor is missing or has an impossible shape
 */
export function inferTransformer(
  shapes: TensorShapes,
  said: Draft<TransformerManifest> | undefined,
): InferredTransformer {
  const [vocab, dim] = shapes.matrix('tok_embeddings.weight');
  const layers = shapes.count((layer) => `layers.${layer}.attention.wqkv.weight`);
  const heads = said?.heads ?? publishedHeads(layers, dim);
  const [rows] = shapes.matrix(TRANSFORMER_TENSOR); // dim + 2 * kvHeads * headDim
  const kvHeads = heads === undefined ? undefined : ((rows - dim) / 2 / dim) * heads;
  if (kvHeads !== undefined && !(Number.isInteger(kvHeads) && kvHeads > 0)) {
    throw new ModelError(
      sentence`${shapes.file}: "${TRANSFORMER_TENSOR}" has ${rows} rows, which ${heads ?? 0} heads over a width of ${dim} do not come to; correct "transformer.heads" in the manifest.`,
    );
  }
  return { layers, dim, heads, kvHeads, vocab, ropeBase: 10000, normEps: 1e-5 };
}

/**
 * The condition of a LlamaGen transformer, from the tensors of its `cls_embedding`.
 * @throws ModelError when these tensors cannot be read without a manifest
 */
export function inferCondition(shapes: TensorShapes): ConditionNeed {
  if (shapes.has('cls_embedding.embedding_table.weight')) {
    const [labels] = shapes.matrix('cls_embedding.embedding_table.weight');
    if (labels > 1) return { kind: 'class', classes: labels - 1 }; // the last is the null class
  }
  if (shapes.has('cls_embedding.uncond_embedding')) {
    const [tokens, dim] = shapes.matrix('cls_embedding.uncond_embedding');
    return { kind: 'caption-embedding', tokens, dim };
  }
  throw new ModelError(
    sentence`${shapes.file} has neither a class table nor an empty caption under "cls_embedding"; say in a manifest what its "condition" is.`,
  );
}
