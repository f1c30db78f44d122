import type { SequenceLayout } from '../decoding/sequence-layout';
import type { GridShape, SequencePosition } from '../decoding/token-grid';
import type { WordVocabulary } from '../prompt/word-vocabulary';
import type { Condition, PublishedRepository } from '../protocol';
import type { TransformerGraph } from './blocks/transformer-graph';
import type { WeightSource } from './checkpoint';
import type { Fields } from './json-fields';
import type { GraphBuilder } from './onnx/graph-builder';
import type { ManifestDefaults, SamplingDefaults } from './sampling-defaults';
import type { TensorShapes } from './tensor-shapes';
import type { WeightsError } from './weights/weights-error';
import type { ExecutionOptions } from '../runtime/runtime';

/**
 * A kind of model that this program runs. A family is a folder in `families/` and a line in `families.ts`. Nothing outside
 * that folder knows the family's tensors, prompts or file names.
 *
 * @typeParam Keys the family's own part of a manifest
 */
export interface ModelFamily<Keys extends ManifestKeys = ManifestKeys> {
  /** The word for it in a manifest: lower case, without spaces. */
  readonly name: string;
  /** The name for people, as its authors write it. */
  readonly title: string;
  /** Says what a weight file holds. Undefined when the file does not belong to this family. */
  recognise(file: WeightFileFacts): HeldPart | undefined;
  /** Reads the family's own keys of a manifest. @throws ModelError naming the field */
  parseKeys(fields: Fields): Keys;
  /**
   * Completes what the user and the manifest say by what weights, config and publication say.
   * @throws ModelError naming what is not determined and where to say it; WeightsError
   */
  complete(source: ModelSource<Keys>): Promise<FamilyModel>;
  /** What is published under which name, for suggestions and messages. */
  readonly published?: PublishedFiles;
  /**
   * A model of noise in the form of this family, on which a provider is tried. Undefined when the family has none of that
   * size.
   */
  proofModel?(size: 'small' | 'large'): ProofModelDescription | undefined;
}

/** What a weight file holds. A file with both parts counts as a transformer. */
export type HeldPart = 'transformer' | 'image decoder';

/** A weight file of a folder, and what it holds. */
export interface WeightFileContent {
  /** File name in the folder. */
  readonly name: string;
  /** Undefined when no family recognises the file. */
  readonly holds: HeldPart | undefined;
  /** The family that recognises the file. */
  readonly family: ModelFamily | undefined;
  readonly shapes: TensorShapes;
}

/** The weight files of a folder. */
export interface FolderContent {
  readonly files: readonly WeightFileContent[];
  /** Why some files could not be read. */
  readonly problems: readonly WeightsError[];
}

/** What is known about a weight file when it must be recognised. */
export interface WeightFileFacts {
  readonly shapes: TensorShapes;
  /** The file's name without its ending. */
  readonly stem: string;
  /** The parsed `config.json` beside the file; undefined when there is none, or it cannot be read. */
  readonly config: unknown;
}

/** The family's own part of a manifest. */
export interface ManifestKeys {
  /** Names of the weight files that the manifest names. */
  readonly files: readonly string[];
}

/** The place of a model and what is said about it: by the user, by its manifest, by its weight files. */
export interface ModelSource<Keys extends ManifestKeys = ManifestKeys> {
  /** Absolute. */
  readonly folder: string;
  /** Name of the model when nothing else names it. */
  readonly fallbackName: string;
  /** What the manifest says about any family's models. Each field may be absent. */
  readonly said: {
    readonly name: string | undefined;
    readonly grid: readonly [number, number] | undefined;
    readonly defaults: ManifestDefaults;
  };
  /** What the manifest says in the family's own keys; undefined without a manifest. */
  readonly keys: Keys | undefined;
  /** The weight file that the user names. Undefined when the user names the folder. */
  readonly namedFile: WeightFileContent | undefined;
  /** Rows and columns that the user asks for, whatever the manifest and the publication say. */
  readonly requestedGrid: readonly [number, number] | undefined;
  /** Folder of the image decoder that the user names, absolute; undefined when the model's own is wanted. */
  readonly requestedImageDecoder: string | undefined;
  /** All weight files of the folder that some family recognises. The folder is read once. */
  weightFiles(): Promise<FolderContent>;
  /** The same model, but with the weight files of another folder. @param folder absolute */
  elsewhere(folder: string): ModelSource<Keys>;
  /** A weight file of the folder. @throws WeightsError when it is missing or damaged */
  openFile(name: string): Promise<WeightFileContent>;
  /**
   * Tells the user how to put into the manifest what no tensor tells. The text is part of a sentence.
   * @param fields JSON, an example
   */
  manifestHint(fields: string): string;
}

/** A model with every choice made. Its weights are not open yet. */
export interface FamilyModel {
  readonly name: string;
  /** Rows and columns of the token grid. */
  readonly grid: readonly [number, number];
  /** Grids that the model was trained on, the usual one first; undefined when it draws its own grid only. */
  readonly trainedGrids?: readonly (readonly [number, number])[];
  readonly condition: ConditionNeed;
  readonly defaults: SamplingDefaults;
  /** Undefined when the model is an image decoder only. */
  readonly transformer: TransformerPart | undefined;
  readonly imageDecoder: ImageDecoderPart | undefined;
  /** Why the model draws no picture, as a sentence that says what to do; undefined when the model draws pictures. */
  readonly noPicture: string | undefined;
  /** The words of a word-conditioned model. */
  readonly vocabulary?: WordVocabulary | undefined;
  /** Folder of the text encoder that comes with a caption-conditional model; absolute. */
  readonly textEncoder?: string | undefined;
  /**
   * Turns what the picture is to show into the prompt. It checks everything, and computes what takes no model.
   * @throws PromptError when the prompt cannot be right; ModelError, WeightsError
   */
  encodePrompt(request: PromptRequest): Promise<EncodedPrompt<Prompt | TextForEncoder>>;
  /** A prompt whose content does not matter, to measure times. @throws ModelError when the model takes no condition */
  anyPrompt(): Promise<Prompt>;
  /**
   * Makes the prompt from a caption's embeddings. Only families whose `encodePrompt` returns a `TextForEncoder` have it.
   * @param caption the conditional half
   */
  promptOfCaption?(caption: PromptHalf): Promise<Prompt>;
}

/** The form in which a model takes what the picture is to show. */
export type ConditionNeed =
  | { readonly kind: 'none' }
  /** A class, 0..classes-1. */
  | { readonly kind: 'class'; readonly classes: number }
  /** Caption embeddings [tokens, dim], left-padded: precomputed, or made by the text encoder in the folder `textEncoder`. */
  | {
      readonly kind: 'caption-embedding';
      readonly tokens: number;
      readonly dim: number;
      readonly textEncoder?: string;
    }
  /** Words of the model's own vocabulary, left-padded to `tokens`. */
  | { readonly kind: 'words'; readonly tokens: number; readonly vocabulary: string }
  /** Text of any kind, which the model's own tokenizer reads. */
  | {
      readonly kind: 'text';
      /** Text that is put after each prompt; undefined when the family knows no suffix. */
      readonly suffix?: string | undefined;
      /** The text of the unconditional half. Undefined when the unconditional half is fixed. */
      readonly negative?: string | undefined;
    };

/** What the user asks for. */
export interface PromptRequest {
  readonly condition: Condition;
  /** Folder of the text encoder to use in place of the model's own. */
  readonly textEncoder?: string | undefined;
  /** Text after the prompt, in place of the published one; '' for none. */
  readonly suffix?: string | undefined;
  /** Text of the unconditional half, in place of the published one. */
  readonly negative?: string | undefined;
  /** Number of threads for a text encoder with weights of this size. */
  threadsFor(bytes: number): number;
}

/** A prompt, or the text from which the inference thread makes it. */
export interface EncodedPrompt<Input> {
  readonly input: Input;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/** A prompt that a text encoder turns into caption embeddings. The inference thread does this. */
export interface TextForEncoder {
  readonly kind: 'text';
  /** The caption, as the text encoder receives it. */
  readonly caption: string;
  /** Folder of the text encoder, absolute. */
  readonly encoder: string;
  readonly execution: ExecutionOptions;
}

/** Both halves of a prompt. The unconditional half runs beside the other one when guidance is not 1. */
export interface Prompt {
  readonly kind: 'prompt';
  readonly conditional: PromptHalf;
  readonly unconditional: PromptHalf;
}

/**
 * What stands before the picture in one half. Each half has its own length, and its positions begin at 0. `padded` says of
 * each position whether it is padding: it has a position, but no other token sees it.
 */
export type PromptHalf =
  /** Ids of the prompt's own vocabulary. */
  | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly padded: readonly boolean[] }
  /** Embeddings [positions, dim]. */
  | { readonly kind: 'embeddings'; readonly embeddings: Float32Array; readonly padded: readonly boolean[] };

/** A model's transformer, before its weights are open. */
export interface TransformerPart {
  /** File in the model folder: a weight file, or the index of its shards. */
  readonly weights: string;
  /** The source that says which tensors the file holds, for messages, such as "the manifest". */
  readonly describedBy: string;
  /** Number of codebook indices that it predicts. */
  readonly codes: number;
  /** Where the cells of the grid stand after the prompt, and which known tokens stand between them. */
  readonly layout: SequenceLayout;
  /**
   * Describes the transformer over its weights.
   * @throws ModelError when a tensor is missing or has another shape; WeightsError
   */
  describe(weights: WeightSource): TransformerDescription;
}

/** What is to be known of a transformer to run it, to pack it and to weigh it. */
export interface TransformerDescription {
  readonly codes: number;
  readonly layout: SequenceLayout;
  /** Keys and values that a token leaves in each layer. */
  readonly cache: { readonly layers: number; readonly kvHeads: number; readonly headDim: number };
  /** Heads of the queries; a multiple of `cache.kvHeads`. */
  readonly heads: number;
  /** Positions that the prompt takes, as far as the model fixes them; else a usual number, for estimates. */
  readonly promptLength: number;
  /** Every tensor that `write` reads. */
  readonly tensors: readonly TransformerTensor[];
  /** Writes the transformer: from the tokens of a pass to their logits. It ends with `t.logits(…)`. */
  write(t: TransformerGraph): void;
  /**
   * How the prompt becomes hidden states. Undefined when the prompt consists of the transformer's own tokens.
   */
  readonly prompt?: PromptEncoder | undefined;
  /** The scale of guidance for the token at a position after the prompt; the same everywhere when absent. */
  guidanceAt?(scale: number, position: SequencePosition): number;
}

/** Turns the ids or embeddings of a prompt into hidden states. */
export interface PromptEncoder {
  /**
   * Declares the input `ids` int64 [B, T] or `embeddings` float [B, T, …], and the output `hidden` float [B, T, dim].
   * Further outputs are handed to each pass, under their names, as far as the transformer has such inputs.
   */
  write(graph: GraphBuilder, weights: WeightSource): void;
}

/** A tensor that a transformer's graph reads. */
export interface TransformerTensor {
  readonly name: string;
  /** Shape as the graph reads it. */
  readonly shape: readonly number[];
  /**
   * `linear`: the matrix [out, inner] of a linear layer in a block. `output`: the matrix of an output layer. `table`: a
   * matrix in which a pass reads only the rows of its tokens. `other`: any other tensor.
   */
  readonly role: 'linear' | 'output' | 'table' | 'other';
  /** The tensor is some rows of a tensor in the checkpoint, read in place. When absent, it is the tensor with this name. */
  readonly rows?: RowRange;
}

/** Rows of a tensor in a checkpoint. How many there are, the shape says. */
export interface RowRange {
  /** Name of the tensor in the checkpoint. */
  readonly tensor: string;
  readonly first: number;
  /** Rows that the whole tensor has. */
  readonly total: number;
}

/** A model's image decoder, before its weights are open. */
export interface ImageDecoderPart {
  /** Folder of its weights, absolute. It may differ from the model's folder. */
  readonly folder: string;
  readonly weights: string;
  /** The source that says which tensors the file holds, for messages. */
  readonly describedBy: string;
  /** Number of codebook indices that it can draw. */
  readonly codes: number;
  /** Pixels along the side of one token's patch. */
  readonly patch: number;
  /** Multiplications and additions that a picture of this grid takes. */
  operations(grid: GridShape): number;
  /**
   * Writes the graph. Input `tokens` int64 [1, H*W]; output `image` float [1, 3, H*patch, W*patch].
   * @throws ModelError, WeightsError
   */
  write(grid: GridShape, weights: WeightSource, provider?: string): Uint8Array<ArrayBuffer>;
  /**
   * Writes the graph of the codes' vectors. Input `tokens` int64 [1, count]; output `vectors` float [1, count, dim]. Absent
   * where no cheap preview is made.
   * @throws ModelError, WeightsError
   */
  writeCodes?(count: number, weights: WeightSource, provider?: string): Uint8Array<ArrayBuffer>;
  /** The byte 0..255 for a value of the output. */
  byteOf(value: number): number;
}

/** Names under which models of a family are published. File names come without ending. */
export interface PublishedFiles {
  /** Repositories on Hugging Face. */
  readonly repositories: readonly Pick<PublishedRepository, 'id' | 'holds'>[];
  isTransformer(stem: string): boolean;
  /** The image decoder of a published transformer. */
  imageDecoderOf(stem: string): string;
}

/** A model on which a provider is tried, at a size that the family chooses. Its weights are noise. */
export interface ProofModelDescription {
  readonly name: string;
  readonly grid: GridShape;
  readonly layers: number;
  /** Bytes of weights that a pass reads in one layer. */
  readonly layerBytes: number;
  /** The number of rows of a matrix, where only the weights would tell it. */
  readonly rowsUntold: number;
  readonly transformer: TransformerPart;
  readonly imageDecoder: Pick<ImageDecoderPart, 'write' | 'codes'>;
  readonly prompt: Prompt;
}
