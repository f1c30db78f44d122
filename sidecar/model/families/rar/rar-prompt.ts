import type { Prompt, PromptEncoder } from '../../family';
import type { GraphBuilder } from '../../onnx/graph-builder';
import { unpaddedHalf } from '../../prompt-half';
import type { WeightSource } from '../../checkpoint';
import { INDEX_TABLES, type RarShape } from './rar-shape';

/** The indices of a RAR sequence before the picture: `cls_token` and the class. */
export const PROMPT_LENGTH = 2;
/** The place of `cls_token` in a prompt. It is no row of the embeddings. */
const CLS = 0;

/**
 * Both halves of RAR's prompt: a class and the null class, which are rows of the embeddings behind the codes and the mask token.
 * @param label 0..classes-1
 */
export function classPrompt(label: number, { codes, classes }: RarShape): Prompt {
  const half = (row: number): Prompt['conditional'] => unpaddedHalf([CLS, codes + 1 + row]);
  return { kind: 'prompt', conditional: half(label), unconditional: half(classes) };
}

/**
 * Turns the prompt into hidden states. A second output, `condition` [B, 1, dim], is the embedding of the class. The norms of all
 * steps read it.
 */
export function rarPromptEncoder({ dim, codes, classes, rows }: RarShape): PromptEncoder {
  return {
    write: (graph, weights) => {
      const ids = graph.input('ids', 'int64', ['batch', PROMPT_LENGTH]);
      const label = graph.op('Gather', [ids, graph.int64([1])], { axis: 1 });
      const embeddings = weights.tensor('embeddings.weight', [codes + 2 + classes, dim]);
      const condition = graph.rows('embeddings.weight', embeddings, label); // [B, 1, dim]
      const begin = graph.op('Expand', [
        graph.weight('cls_token', weights.tensor('cls_token', [1, 1, dim])),
        graph.op('Shape', [condition]),
      ]);
      const target = indexRows(graph, weights, INDEX_TABLES.target, [rows.target, dim], [PROMPT_LENGTH]);
      const both = graph.op('Concat', [begin, graph.op('Add', [condition, target])], { axis: 1 });
      const positions = indexRows(graph, weights, INDEX_TABLES.position, [rows.position, dim], [0, 1]);
      const hidden = graph.op('Add', [both, positions]);
      graph.output(hidden, 'hidden', 'float32', ['batch', PROMPT_LENGTH, dim]);
      graph.output(condition, 'condition', 'float32', ['batch', 1, dim]);
    },
  };
}

/** Rows of a table for each index: [1, indices, dim]. */
function indexRows(
  graph: GraphBuilder,
  weights: WeightSource,
  table: string,
  [rows, dim]: readonly [number, number],
  indices: readonly number[],
): ReturnType<GraphBuilder['op']> {
  const whole = graph.weight(table, weights.tensor(table, [1, rows, dim]));
  return graph.op('Gather', [whole, graph.int64(indices)], { axis: 1 });
}
