import { RasterLayout, type SequenceLayout } from '../../decoding/sequence-layout';
import type { GridShape } from '../../decoding/token-grid';
import type { TransformerDescription, TransformerPart } from '../family';
import { llamaTensors, writeLlamaLayers, type HeadNormRows, type LlamaLayers } from './llama-layers';
import type { LlamaShape } from './llama-shape';
import type { PictureIds } from './picture-ids';
import { positionsFor } from './prompt-limits';

/** The rows of the output layer that belong to image tokens. */
const IMAGE_HEAD = 'lm_head.weight of image tokens';

/** A language model whose vocabulary holds the tokens of pictures, too. */
export interface SharedVocabularyModel {
  /** File in the model's folder. */
  readonly weights: string;
  /** Stands before the names of the layers, the table and the last norm. */
  readonly prefix: string;
  /** Name of the output layer's matrix. */
  readonly head: string;
  readonly shape: LlamaShape;
  readonly headNorms?: HeadNormRows;
  readonly ids: PictureIds;
  /** Tokens of a prompt, for estimates of memory. */
  readonly usualPromptLength: number;
}

/**
 * A Llama that draws with tokens of its own vocabulary. Each row of the picture ends with a token that is never drawn. Only
 * the image tokens' rows of the output layer are read.
 */
export class SharedVocabularyTransformer implements TransformerPart {
  readonly weights: string;
  readonly describedBy = 'config.json';
  readonly codes: number;
  readonly layout: SequenceLayout;
  /** Positions that prompt and picture can have together. */
  readonly positions: number;

  /** @throws ModelError when the model has too few positions for the grid */
  constructor(
    private readonly model: SharedVocabularyModel,
    grid: GridShape,
    folder: string,
  ) {
    const { weights, ids, shape } = model;
    this.weights = weights;
    this.codes = ids.codes;
    this.layout = new RasterLayout(
      grid,
      { after: 'each-row', token: ids.endOfLine },
      (code) => ids.first + code,
    );
    this.positions = positionsFor(this.layout, shape.maxPositions, folder);
  }

  describe(): TransformerDescription {
    const { codes, layout, positions } = this;
    const { prefix, head, shape, headNorms, ids, usualPromptLength } = this.model;
    const { dim, vocab } = shape;
    const layers: LlamaLayers = { shape, prefix, headNorms, positions };
    const table = `${prefix}embed_tokens.weight`;
    return {
      codes,
      layout,
      heads: shape.heads,
      cache: { layers: shape.layers, kvHeads: shape.kvHeads, headDim: shape.headDim },
      promptLength: usualPromptLength,
      tensors: [
        { name: table, shape: [vocab, dim], role: 'table' },
        ...llamaTensors(layers),
        {
          name: IMAGE_HEAD,
          shape: [codes, dim],
          role: 'output',
          rows: { tensor: head, first: ids.first, total: vocab },
        },
      ],
      write: (t) => {
        const embedded = t.flat(t.embedding(table, vocab, dim), dim);
        t.logits(t.linear(writeLlamaLayers(t, layers, embedded), IMAGE_HEAD, codes, dim), codes);
      },
    };
  }
}
