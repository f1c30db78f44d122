import { RasterLayout, type SequenceLayout } from '../../../decoding/sequence-layout';
import type { GridShape } from '../../../decoding/token-grid';
import type { TransformerDescription, TransformerPart } from '../../family';
import { llamaTensors, writeLlamaLayers, type LlamaLayers } from '../../llama/llama-layers';
import type { LlamaShape } from '../../llama/llama-shape';
import { positionsFor } from '../../llama/prompt-limits';
import type { ImageIds } from './image-ids';
import type { Emu3Names } from './names';

/** The rows of the output layer that belong to visual tokens. */
const VISUAL_HEAD = 'lm_head.weight of visual tokens';
/** Tokens of a prompt, for estimates of memory: those of the published negative prompt. */
const USUAL_PROMPT_LENGTH = 60;

/**
 * Emu3's transformer: a Llama without any change. Each row of the picture ends with a token that is never drawn. Only the
 * visual tokens' rows of the output layer are read.
 */
export class Emu3Transformer implements TransformerPart {
  readonly describedBy = 'config.json';
  readonly codes: number;
  readonly layout: SequenceLayout;
  /** Positions that prompt and picture can have together. */
  readonly positions: number;

  /** @throws ModelError when the model has too few positions for the grid */
  constructor(
    readonly weights: string,
    private readonly names: Emu3Names,
    private readonly shape: LlamaShape,
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
    const { names, shape, ids, codes, layout, positions } = this;
    const { dim, vocab } = shape;
    const layers: LlamaLayers = { shape, prefix: names.prefix, positions };
    const table = `${names.prefix}embed_tokens.weight`;
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
          name: VISUAL_HEAD,
          shape: [codes, dim],
          role: 'output',
          rows: { tensor: names.head, first: ids.first, total: vocab },
        },
      ],
      write: (t) => {
        const embedded = t.flat(t.embedding(table, vocab, dim), dim);
        t.logits(t.linear(writeLlamaLayers(t, layers, embedded), VISUAL_HEAD, codes, dim), codes);
      },
    };
  }
}
