import type { WeightSource } from '../../checkpoint';
import type { ConditionNeed, PromptEncoder } from '../../family';
import { ModelError } from '../../model-error';
import type { GraphBuilder, Value } from '../../onnx/graph-builder';
import { sentence } from '../../../protocol/sentence';

/** Positions that the condition takes before the first image token. */
export function prefixLength(condition: ConditionNeed): number {
  return condition.kind === 'caption-embedding' || condition.kind === 'words' ? condition.tokens : 1;
}

/**
 * LlamaGen's condition embedding (`cls_embedding`). Its ids are a class label or word ids; its embeddings are a caption's
 * [B, T, captionDim].
 */
export function promptEncoder(condition: ConditionNeed, dim: number): PromptEncoder {
  return {
    write: (graph, weights) => {
      const hidden = hiddenStates(condition, dim, weights, graph);
      graph.output(hidden, 'hidden', 'float32', ['batch', 'prefix', dim]);
    },
  };
}

function hiddenStates(
  condition: ConditionNeed,
  dim: number,
  weights: WeightSource,
  graph: GraphBuilder,
): Value {
  const weight = (name: string, dims: readonly number[]): Value =>
    graph.weight(name, weights.tensor(name, dims));
  switch (condition.kind) {
    case 'none':
    case 'text':
      throw new ModelError(
        sentence`${weights.file}: the manifest names no condition, so there is nothing to start a picture from.`,
      );
    case 'class': {
      const ids = graph.input('ids', 'int64', ['batch', 1]);
      const name = 'cls_embedding.embedding_table.weight';
      return graph.rows(name, weights.tensor(name, [condition.classes + 1, dim]), ids);
    }
    case 'words': {
      const ids = graph.input('ids', 'int64', ['batch', condition.tokens]);
      const name = WORD_TABLE;
      const embedded = graph.rows(name, weights.tensor(name, [weights.rows(name, dim), dim]), ids);
      return graph.op('Add', [embedded, weight('cls_embedding.position_embedding', [condition.tokens, dim])]);
    }
    case 'caption-embedding': {
      const caption = graph.input('embeddings', 'float32', ['batch', condition.tokens, condition.dim]);
      const hidden = weights.rows('cls_embedding.cap_proj.fc1.weight', condition.dim);
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

const WORD_TABLE = 'cls_embedding.word_embedding.weight';
/** The learned empty caption [tokens, captionDim]. */
export const EMPTY_CAPTION = 'cls_embedding.uncond_embedding';

/**
 * Checks what a prompt needs besides the encoder's graph: a row of the table for every word, and the empty caption.
 * @param words number of words in the vocabulary
 * @throws ModelError, WeightsError
 */
export function checkPromptWeights(
  condition: ConditionNeed,
  dim: number,
  words: number,
  weights: WeightSource,
): void {
  if (condition.kind === 'caption-embedding')
    weights.tensor(EMPTY_CAPTION, [condition.tokens, condition.dim]);
  if (condition.kind !== 'words') return;
  const rows = weights.rows(WORD_TABLE, dim);
  if (words <= rows) return;
  throw new ModelError(
    sentence`${weights.file} has embeddings of ${rows} words where the vocabulary has ${words}; fetch both files of one model.`,
  );
}
