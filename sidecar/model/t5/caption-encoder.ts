import { areFinite } from '../are-finite';
import { Checkpoint } from '../checkpoint';
import type { EncodedPrompt, PromptHalf } from '../family';
import { ModelError } from '../model-error';
import { CaptionTokenizer } from './caption-tokenizer';
import { buildT5EncoderGraph } from './encoder-graph';
import { relativePositionBuckets } from './relative-position';
import { readTextEncoder, type TextEncoderFolder } from './text-encoder-folder';
import { runtime } from '../../chosen-runtime';
import type { ExecutionOptions } from '../../runtime/runtime';
import { HostTensor } from '../../runtime/tensor';
import { sentence } from '../../protocol/sentence';

/** A caption in the form that a caption-conditional model takes. */
export type EncodedCaption = EncodedPrompt<PromptHalf>;

/** The shape that the model needs for a caption. */
export interface CaptionShape {
  /** Positions of the model's prefix. */
  readonly tokens: number;
  /** Width of an embedding. */
  readonly dim: number;
}

/** Captions whose embeddings are kept, about 1 MB each. The same prompt is nearly always drawn more than once. */
const CAPTIONS_KEPT = 16;
const LONGEST_QUOTE = 120;

/**
 * Turns captions into embeddings as the published text-to-image models take them. The last hidden states of T5's encoder stand
 * at the right end of the prefix, with zeros before them.
 * The encoder is open only while it encodes a caption: the encoder of flan-t5-xl has 5 GB, and the transformer needs this
 * memory.
 */
export class CaptionEncoder {
  private readonly encoded = new Map<string, EncodedCaption>();
  private tokenizer: CaptionTokenizer | undefined;

  private constructor(
    /** The text encoder's folder, absolute. */
    readonly folder: string,
    private readonly source: TextEncoderFolder,
    private readonly shape: CaptionShape,
    private readonly execution: ExecutionOptions,
  ) {}

  /** @throws ModelError when the folder holds no text encoder for such captions */
  static async open(
    folder: string,
    shape: CaptionShape,
    execution: ExecutionOptions,
  ): Promise<CaptionEncoder> {
    return new CaptionEncoder(folder, await readTextEncoder(folder, shape.dim), shape, execution);
  }

  /** The caption's embeddings. @param caption cleaned, see `cleanCaption` @throws ModelError, WeightsError */
  async encode(caption: string): Promise<EncodedCaption> {
    const known = this.encoded.get(caption);
    if (known) return known;
    this.tokenizer ??= await CaptionTokenizer.open(this.source);
    const { ids, fullLength, cut } = this.tokenizer.encode(caption, this.shape.tokens);
    const notices =
      cut === ''
        ? []
        : [
            sentence`The prompt has ${fullLength} tokens where this model reads ${this.shape.tokens}; left out was “${shortened(cut)}”.`,
          ];
    const result = { input: leftPadded(await this.hiddenStates(ids), this.shape), notices };
    this.encoded.set(caption, result);
    for (const oldest of this.encoded.keys())
      if (this.encoded.size > CAPTIONS_KEPT) this.encoded.delete(oldest);
    return result;
  }

  /** [ids, dim] */
  private async hiddenStates(ids: readonly number[]): Promise<Float32Array> {
    const { folder, weights, config } = this.source;
    const checkpoint = await Checkpoint.open(folder, weights, 'config.json');
    const session = await runtime.open(
      buildT5EncoderGraph(config, checkpoint, this.execution.provider),
      checkpoint.folder,
      this.execution,
      { runs: 'one' },
    );
    try {
      const n = ids.length;
      const { hidden } = await session.run({
        tokens: new HostTensor('int64', BigInt64Array.from(ids, BigInt), [n]),
        buckets: new HostTensor('int64', relativePositionBuckets(n, config), [n, n]),
      });
      if (!(hidden?.data instanceof Float32Array)) throw new Error('The text encoder put out no embeddings.');
      if (!areFinite(hidden.data))
        throw new ModelError(
          sentence`${checkpoint.file} computes embeddings that are no numbers; its weights are damaged: download them again.`,
        );
      return hidden.data;
    } finally {
      await session.release();
    }
  }
}

/** Hidden states [n, dim] in the form that the prefix takes: the last token next to the picture, zeros in the free positions. */
function leftPadded(hidden: Float32Array, { tokens, dim }: CaptionShape): PromptHalf {
  const padding = tokens - hidden.length / dim;
  const embeddings = new Float32Array(tokens * dim);
  embeddings.set(hidden, padding * dim);
  return { kind: 'embeddings', embeddings, padded: Array.from({ length: tokens }, (_, i) => i < padding) };
}

function shortened(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
