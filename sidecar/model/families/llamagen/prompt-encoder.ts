import type { Checkpoint, WeightSource } from '../checkpoint';
import { ModelError } from '../model-error';
import type { ConditionManifest } from '../model-manifest';
import { GraphBuilder, type Value } from '../onnx/graph-builder';
import { readTensorAsFloat32 } from '../weights/read-tensor';

/** The first ids of every vocabulary of words. */
const PAD_WORD = 0;
const NULL_WORD = 1;

/** A prompt in the form that the model takes: the input of the condition graph, and which positions are padding. */
export type ConditionInput =
  /** One id for each prefix position: the class label, or word ids. */
  | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly padded: readonly boolean[] }
  /** Caption embeddings [tokens, dim]. */
  | { readonly kind: 'embeddings'; readonly embeddings: Float32Array; readonly padded: readonly boolean[] };

/**
 * LlamaGen's condition embedding (`cls_embedding`): turns a `ConditionInput` into the prefix's hidden states.
 * Input: `ids` int64 [B, T] or `caption` float [B, T, captionDim]. Output: `hidden` float [B, T, dim].
 */
export function buildConditionGraph(
  condition: ConditionManifest,
  dim: number,
  checkpoint: WeightSource,
  provider = 'cpu',
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('condition', checkpoint.folder, provider);
  const weight = (name: string, dims: readonly number[]): Value =>
    graph.weight(name, checkpoint.tensor(name, dims));
  graph.output(hiddenStates(condition, dim, checkpoint, graph, weight), 'hidden', 'float32', [
    'batch',
    'prefix',
    dim,
  ]);
  return graph.build();
}

function hiddenStates(
  condition: ConditionManifest,
  dim: number,
  checkpoint: WeightSource,
  graph: GraphBuilder,
  weight: (name: string, dims: readonly number[]) => Value,
): Value {
  switch (condition.kind) {
    case 'none':
      throw new ModelError(
        `${checkpoint.file}: the manifest names no condition, so there is nothing to start a picture from.`,
      );
    case 'class': {
      const ids = graph.input('ids', 'int64', ['batch', 1]);
      const name = 'cls_embedding.embedding_table.weight';
      return graph.rows(name, checkpoint.tensor(name, [condition.classes + 1, dim]), ids);
    }
    case 'words': {
      const ids = graph.input('ids', 'int64', ['batch', condition.tokens]);
      const name = 'cls_embedding.word_embedding.weight';
      const embedded = graph.rows(name, checkpoint.tensor(name, [checkpoint.rows(name, dim), dim]), ids);
      return graph.op('Add', [embedded, weight('cls_embedding.position_embedding', [condition.tokens, dim])]);
    }
    case 'caption-embedding': {
      const caption = graph.input('caption', 'float32', ['batch', condition.tokens, condition.dim]);
      const hidden = checkpoint.rows('cls_embedding.cap_proj.fc1.weight', condition.dim);
      const flat = graph.op('Reshape', [caption, graph.int64([-1, condition.dim])]);
      const inner = graph.op(
        'Gemm',
        [flat, weight('cls_embedding.cap_proj.fc1.weight', [hidden, condition.dim])],
        { transB: 1 },
      );
      const activated = graph.op('Gelu', [inner], { approximate: 'tanh' });
      const projected = graph.op(
        'Gemm',
        [activated, weight('cls_embedding.cap_proj.fc2.weight', [dim, hidden])],
        { transB: 1 },
      );
      return graph.op('Reshape', [projected, graph.int64([-1, condition.tokens, dim])]);
    }
  }
}

/** The empty condition: the null class, the null word, or the learned empty caption with the same padding as the caption. */
export async function unconditionalInput(
  manifest: ConditionManifest,
  condition: ConditionInput,
  checkpoint: Checkpoint,
): Promise<ConditionInput> {
  switch (manifest.kind) {
    case 'none':
      throw new ModelError(`${checkpoint.file}: the manifest names no condition.`);
    case 'class':
      return { kind: 'ids', ids: [manifest.classes], padded: [false] };
    case 'words':
      return wordsInput([NULL_WORD], manifest.tokens);
    case 'caption-embedding': {
      const location = checkpoint.tensor('cls_embedding.uncond_embedding', [manifest.tokens, manifest.dim]);
      return {
        kind: 'embeddings',
        embeddings: await readTensorAsFloat32(location),
        padded: condition.padded,
      };
    }
  }
}

/** Word ids in the form that the prefix takes: padded on the left, so that the last word stands next to the picture. */
export function wordsInput(ids: readonly number[], tokens: number): ConditionInput {
  const padding = Array.from({ length: tokens - ids.length }, () => PAD_WORD);
  return {
    kind: 'ids',
    ids: [...padding, ...ids],
    padded: [...padding.map(() => true), ...ids.map(() => false)],
  };
}
