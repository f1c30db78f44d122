import { RasterLayout, type SequenceLayout } from '../../../decoding/sequence-layout';
import type { GridShape } from '../../../decoding/token-grid';
import type { TransformerDescription, TransformerPart } from '../../family';
import {
  llamaTensors,
  writeLlamaLayers,
  type HeadNormRows,
  type LlamaLayers,
} from '../../llama/llama-layers';
import type { LlamaShape } from '../../llama/llama-shape';
import { positionsFor } from '../../llama/prompt-limits';
import type { ImageIds } from './image-ids';

/** The tensors of Chameleon, after PyTorch's wrappers are taken off. */
export const LUMINA_NAMES = { prefix: '', head: 'lm_head.weight' } as const;
/** The rows of the output layer that belong to image tokens. */
const IMAGE_HEAD = 'lm_head.weight of image tokens';

/** Tokens of a prompt, for estimates of memory. */
const USUAL_PROMPT_LENGTH = 100;

/**
 * Lumina-mGPT's transformer: Chameleon's, a Llama with a layer norm for each head on queries and keys. Only the image tokens'
 * rows of the output layer are read.
 */
export class LuminaTransformer implements TransformerPart {
  readonly describedBy = 'config.json';
  readonly codes: number;
  readonly layout: SequenceLayout;
  /** Positions that prompt and picture can have together. */
  readonly positions: number;

  /** @throws ModelError when the model has too few positions for the grid */
  constructor(
    readonly weights: string,
    private readonly shape: LlamaShape,
    private readonly headNorms: HeadNormRows,
    private readonly ids: ImageIds,
    grid: GridShape,
    folder: string,
  ) {
    this.codes = ids.codes;
    this.layout = new RasterLayout(
      grid,
      { after: 'each-row', token: ids.endOfLine },
      (code) => ids.first + code,
    );
    this.positions = positionsFor(this.layout, shape.maxPositions, folder);
  }

  describe(): TransformerDescription {
    const { shape, headNorms, ids, codes, layout, positions } = this;
    const { dim, vocab } = shape;
    const layers: LlamaLayers = { shape, prefix: LUMINA_NAMES.prefix, headNorms, positions };
    const table = `${LUMINA_NAMES.prefix}embed_tokens.weight`;
    return {
      codes,
      layout,
      heads: shape.heads,
      cache: { layers: shape.layers, kvHeads: shape.kvHeads, headDim: shape.headDim },
      promptLength: USUAL_PROMPT_LENGTH,
      tensors: [
        { name: table, shape: [vocab, dim], role: 'table' },
        ...llamaTensors(layers),
        {
          name: IMAGE_HEAD,
          shape: [codes, dim],
          role: 'output',
          rows: { tensor: LUMINA_NAMES.head, first: ids.first, total: vocab },
        },
      ],
      write: (t) => {
        const embedded = t.flat(t.embedding(table, vocab, dim), dim);
        t.logits(t.linear(writeLlamaLayers(t, layers, embedded), IMAGE_HEAD, codes, dim), codes);
      },
    };
  }
}
