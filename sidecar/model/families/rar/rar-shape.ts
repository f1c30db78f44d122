import { ModelError } from '../../model-error';
import type { TensorShapes } from '../../tensor-shapes';
import { sentence } from '../../../protocol/sentence';

/** The tables with a row for each index of the sequence, [1, rows, dim]. */
export const INDEX_TABLES = {
  /** Added to the embedding of the token at the index. */
  position: 'pos_embed',
  /** Row k tells the token before index k that index k is next. */
  target: 'target_aware_pos_embed',
  /** Added to the class, as the condition of the norms. */
  time: 'timesteps_embeddings',
} as const;
/** The matrix of the modulation in a layer. No other family has it beside the tables above. */
const MODULATION = 'blocks.0.adaLN_modulation.1.weight';

/** The sizes of a RAR transformer. */
export interface RarShape {
  readonly layers: number;
  readonly dim: number;
  readonly heads: number;
  readonly headDim: number;
  /** Width of the feed-forward layer. */
  readonly hidden: number;
  readonly codes: number;
  /** Classes without the null class. */
  readonly classes: number;
  /** Rows of each table in `INDEX_TABLES`. */
  readonly rows: Readonly<Record<keyof typeof INDEX_TABLES, number>>;
}

/** Whether a checkpoint holds a RAR transformer. */
export function isRar(shapes: TensorShapes): boolean {
  return shapes.has(MODULATION) && shapes.has(INDEX_TABLES.target);
}

/**
 * The sizes of a RAR transformer from the shapes of its tensors. The norm of each head tells how wide a head is.
 * @throws ModelError when a tensor is missing, or shapes contradict one another
 */
export function inferRar(shapes: TensorShapes): RarShape {
  const [codes, dim] = shapes.matrix('lm_head.weight');
  const [embeddings] = shapes.matrix('embeddings.weight');
  const [hidden] = shapes.matrix('blocks.0.mlp.fc1.weight');
  const [headDim = 1] = shapes.dims('blocks.0.attn.q_norm.weight', 1);
  const classes = embeddings - codes - 2; // the mask token and the null class are not counted
  const heads = dim / headDim;
  if (!Number.isInteger(heads))
    throw new ModelError(
      sentence`${shapes.file}: the norm of a head has ${headDim} numbers, which do not divide the width ${dim}; fetch the weights again.`,
    );
  if (classes < 1)
    throw new ModelError(
      sentence`${shapes.file}: "embeddings.weight" has ${embeddings} rows, too few for ${codes} codes, a mask and classes; fetch the weights again.`,
    );
  const rows = (name: string): number => shapes.dims(name, 3)[1] ?? 0;
  return {
    layers: shapes.count((layer) => `blocks.${layer}.attn.qkv.weight`),
    ...{ dim, heads, headDim, hidden, codes, classes },
    rows: {
      position: rows(INDEX_TABLES.position),
      target: rows(INDEX_TABLES.target),
      time: rows(INDEX_TABLES.time),
    },
  };
}
