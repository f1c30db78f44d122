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
import type { Said } from '../protocol/sentence';

/**
 * A kind of model that this program runs. A family is a folder in `families/` and a line in `families.ts`. Nothing outside
 * that folder knows the family's tensors, prompts or file names.
 *
 * @typeParam Keys the family's own part of a manifest
 */
export interface ModelFamily<Keys extends ManifestKeys = ManifestKeys> {
  /** The name of the family in manifests: lower case, without spaces. */
  readonly name: string;
  /** The name of the family in messages, as its authors write it. */
  readonly title: string;
  /** The part of a model that a weight file holds. Undefined when the file does not belong to this family. */
  recognise(file: WeightFileFacts): HeldPart | undefined;
  /** Reads the family's own keys of a manifest. @throws ModelError with the name of the wrong field */
  parseKeys(fields: Fields): Keys;
  /**
   * Makes a model from the statements of the user, the manifest, the weights, the config and the publication.
   * @throws ModelError with the name of a missing value, and the place where to state it; WeightsError
   */
  complete(source: ModelSource<Keys>): Promise<FamilyModel>;
  /** The published repositories and files of the family, for suggestions and messages. */
  readonly published?: PublishedFiles;
  /**
   * A model of this family with random weights, for the check of a provider. Undefined when the family has none of this size.
   */
  proofModel?(size: 'small' | 'large'): ProofModelDescription | undefined;
}

/** The part of a model that a weight file holds. A file with both parts counts as a transformer. */
export type HeldPart = 'transformer' | 'image decoder';

/** A weight file of a folder, and its content. */
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
  /** The errors of the weight files that could not be read. */
  readonly problems: readonly WeightsError[];
}

/** The facts by which a family recognises a weight file. */
export interface WeightFileFacts {
  readonly shapes: TensorShapes;
  /** The file's name without its ending. */
  readonly stem: string;
  /** The parsed `config.json` beside the file; undefined when there is none, or it cannot be read. */
  readonly config: unknown;
}

/** The family's own part of a manifest. */
export interface ManifestKeys {
  /** The file names of the weights, as the manifest states them. */
  readonly files: readonly string[];
}

/** The place of a model, and the statements about it: those of the user, of its manifest and of its weight files. */
export interface ModelSource<Keys extends ManifestKeys = ManifestKeys> {
  /** The model's folder, an absolute path. */
  readonly folder: string;
  /** The name of the model when neither manifest nor publication names it. */
  readonly fallbackName: string;
  /** The fields of the manifest that all families have. Each field may be absent. */
  readonly said: {
    readonly name: string | undefined;
    readonly grid: readonly [number, number] | undefined;
    readonly defaults: ManifestDefaults;
  };
  /** The family's own part of the manifest; undefined without a manifest. */
  readonly keys: Keys | undefined;
  /** The weight file that the user names. Undefined when the user names the folder. */
  readonly namedFile: WeightFileContent | undefined;
  /** Rows and columns that the user asks for. They count before those of the manifest and of the publication. */
  readonly requestedGrid: readonly [number, number] | undefined;
  /**
   * The folder of the image decoder that the user names, an absolute path. Undefined: the model's own image decoder is used.
   */
  readonly requestedImageDecoder: string | undefined;
  /** All weight files of the folder that some family recognises. The folder is read once. */
  weightFiles(): Promise<FolderContent>;
  /** The same model, but with the weight files of another folder. @param folder an absolute path */
  elsewhere(folder: string): ModelSource<Keys>;
  /** A weight file of the folder. @throws WeightsError when it is missing or damaged */
  openFile(name: string): Promise<WeightFileContent>;
  /**
   * The end of an error message: it says how to add missing values to the manifest.
   * @param fields an example of the fields in JSON, such as `"grid": [16, 16]`
   */
  manifestHint(fields: string): Said;
}

/** A model whose values are all known. Its weights are not open yet. */
export interface FamilyModel {
  readonly name: string;
  /** Rows and columns of the token grid. */
  readonly grid: readonly [number, number];
  /** The grids that the model was trained on, the usual one first. Undefined when they are not known. */
  readonly trainedGrids?: readonly (readonly [number, number])[];
  readonly condition: ConditionNeed;
  readonly defaults: SamplingDefaults;
  /** Undefined when the model is an image decoder only. */
  readonly transformer: TransformerPart | undefined;
  readonly imageDecoder: ImageDecoderPart | undefined;
  /** A sentence that says why the model cannot draw pictures, and what to do. Undefined when the model can draw pictures. */
  readonly noPicture: Said | undefined;
  /** The words of a word-conditioned model. */
  readonly vocabulary?: WordVocabulary | undefined;
  /** The folder of the text encoder that belongs to a model with captions, an absolute path. */
  readonly textEncoder?: string | undefined;
  /**
   * Turns the request of the user into the prompt, and checks it. If a text encoder is needed, the result is the text for it.
   * @throws PromptError when the request does not suit the model; ModelError, WeightsError
   */
  encodePrompt(request: PromptRequest): Promise<EncodedPrompt<Prompt | TextForEncoder>>;
  /** Any prompt of the usual length, for measurements of time. @throws ModelError when the model takes no condition */
  anyPrompt(): Promise<Prompt>;
  /**
   * Makes the prompt from a caption's embeddings. It exists only if `encodePrompt` returns a `TextForEncoder`.
   * @param caption the conditional half
   */
  promptOfCaption?(caption: PromptHalf): Promise<Prompt>;
}

/** The form in which a model takes the content of the picture. */
export type ConditionNeed =
  | { readonly kind: 'none' }
  /** A class, 0..classes-1. */
  | { readonly kind: 'class'; readonly classes: number }
  /**
   * The embeddings of a caption, [tokens, dim], padded on the left. They come from a file, or from the text encoder in the
   * folder `textEncoder`.
   */
  | {
      readonly kind: 'caption-embedding';
      readonly tokens: number;
      readonly dim: number;
      readonly textEncoder?: string;
    }
  /** Words of the model's own vocabulary, padded on the left to the length `tokens`. */
  | { readonly kind: 'words'; readonly tokens: number; readonly vocabulary: string }
  /** Any text. The model's own tokenizer turns it into ids. */
  | {
      readonly kind: 'text';
      /** The text after each prompt. Undefined when the family has no such text. */
      readonly suffix?: string | undefined;
      /** The usual text of the unconditional half. Undefined when the unconditional half cannot be changed. */
      readonly negative?: string | undefined;
    };

/** The part of a user's request that makes the prompt. */
export interface PromptRequest {
  readonly condition: Condition;
  /** The folder of a text encoder; it replaces the model's own. */
  readonly textEncoder?: string | undefined;
  /** The text after the prompt; it replaces the published one. '' means no text. */
  readonly suffix?: string | undefined;
  /** The text of the unconditional half; it replaces the published one. */
  readonly negative?: string | undefined;
  /** The number of threads for a text encoder. @param bytes the size of its weights */
  threadsFor(bytes: number): number;
}

/** A prompt, or the text from which the inference thread makes it. */
export interface EncodedPrompt<Input> {
  readonly input: Input;
  /** Sentences for the user. */
  readonly notices: readonly Said[];
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

/** Both halves of a prompt. The unconditional half is computed only if guidance is not 1. */
export interface Prompt {
  readonly kind: 'prompt';
  readonly conditional: PromptHalf;
  readonly unconditional: PromptHalf;
}

/**
 * One half of a prompt: the part of a sequence before the picture. Each half has its own length, and its positions begin at 0.
 * `padded` says for each position whether it is padding. A padding token has a position, but no other token sees it.
 */
export type PromptHalf =
  /** Ids of the vocabulary in which the prompt is written. */
  | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly padded: readonly boolean[] }
  /** Embeddings [positions, dim]. */
  | { readonly kind: 'embeddings'; readonly embeddings: Float32Array; readonly padded: readonly boolean[] };

/** A model's transformer, before its weights are open. */
export interface TransformerPart {
  /** A file in the model folder: the weights, or the index of a checkpoint in several files. */
  readonly weights: string;
  /** The source of the sizes of the tensors, for messages. Example: "the manifest". */
  readonly describedBy: Said;
  /** The number of codebook indices that the transformer predicts. */
  readonly codes: number;
  /** The positions of the cells after the prompt, and the row terminators between them. */
  readonly layout: SequenceLayout;
  /**
   * Describes the transformer over its weights.
   * @throws ModelError when a tensor is missing or has another shape; WeightsError
   */
  describe(weights: WeightSource): TransformerDescription;
}

/** The facts about a transformer that are needed to compute with it, to pack it, and to estimate its memory and time. */
export interface TransformerDescription {
  readonly codes: number;
  readonly layout: SequenceLayout;
  /** The size of the keys and values: each token has `kvHeads` x `headDim` keys and as many values in each layer. */
  readonly cache: { readonly layers: number; readonly kvHeads: number; readonly headDim: number };
  /** The number of heads of the queries, a multiple of `cache.kvHeads`. */
  readonly heads: number;
  /** The number of positions of the prompt. If it differs from prompt to prompt, a usual number, for estimates. */
  readonly promptLength: number;
  /** Every tensor that `write` reads. */
  readonly tensors: readonly TransformerTensor[];
  /** Writes the graph from the tokens of a step to the logits. The last call is `t.logits(…)`. */
  write(t: TransformerGraph): void;
  /** Turns the prompt into hidden states. Undefined when the prompt consists of the transformer's own tokens. */
  readonly prompt?: PromptEncoder | undefined;
  /** The guidance for the token at a position after the prompt. When absent, it is `scale` at every position. */
  guidanceAt?(scale: number, position: SequencePosition): number;
}

/** Turns the ids or embeddings of a prompt into hidden states. */
export interface PromptEncoder {
  /**
   * Writes the graph. Its input is `ids` int64 [B, T] or `embeddings` float [B, T, …]. Its output is `hidden` float
   * [B, T, dim]. It may have further outputs. If the transformer has an input of the same name, each step reads that output.
   */
  write(graph: GraphBuilder, weights: WeightSource): void;
}

/** A tensor that a transformer's graph reads. */
export interface TransformerTensor {
  readonly name: string;
  /** The shape that the graph expects. */
  readonly shape: readonly number[];
  /**
   * `linear`: the matrix [out, inner] of a linear layer in a block. `output`: the matrix of an output layer. `table`: a
   * matrix from which a step reads only the rows of its tokens. `other`: any other tensor.
   */
  readonly role: 'linear' | 'output' | 'table' | 'other';
  /** The rows of a larger tensor that are this tensor. When absent, the checkpoint has a tensor with the name `name`. */
  readonly rows?: RowRange;
}

/** Some rows of a tensor in a checkpoint. Their number is the first number of `TransformerTensor.shape`. */
export interface RowRange {
  /** The name of the tensor in the checkpoint. */
  readonly tensor: string;
  /** The index of the first row. */
  readonly first: number;
  /** The number of rows of the tensor in the checkpoint. */
  readonly total: number;
}

/** A model's image decoder, before its weights are open. */
export interface ImageDecoderPart {
  /** The folder of its weights, an absolute path. It may differ from the model's folder. */
  readonly folder: string;
  /** A file in that folder: the weights, or the index of a checkpoint in several files. */
  readonly weights: string;
  /** The source of the sizes of the tensors, for messages. */
  readonly describedBy: Said;
  /** The number of codebook indices that it can draw. */
  readonly codes: number;
  /** The width of one token's patch, in pixels. The height is the same. */
  readonly patch: number;
  /** Groups of each group norm, which an encoder beside the decoder has, too; 32 when absent. */
  readonly normGroups?: number;
  /** The number of multiplications and additions for a picture of this grid. */
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
  /** Turns a value of the output into a byte 0..255. */
  byteOf(value: number): number;
}

/** Where models of a family are published, and under which names. */
export interface PublishedFiles {
  /** The repositories on Hugging Face. */
  readonly repositories: readonly Pick<PublishedRepository, 'id' | 'holds'>[];
  /** The files that are known by their names. Absent where each repository holds one model. */
  readonly named?: NamedFiles;
}

/** Files that are known by their names. A *stem* is the name of a file without its ending. */
export interface NamedFiles {
  /** Whether a transformer is published under this stem. */
  isTransformer(stem: string): boolean;
  /** The stem of the image decoder that belongs to a published transformer. */
  imageDecoderOf(stem: string): string;
  /** The stem of an image decoder that is published in a repository with models of other kinds. */
  readonly decoderApart?: string;
}

/** A model with random weights, for the check of a provider. The family chooses its size. */
export interface ProofModelDescription {
  readonly name: string;
  readonly grid: GridShape;
  readonly layers: number;
  /** The number of bytes of weights that a step reads in one layer. */
  readonly layerBytes: number;
  /** The number of rows for the matrices whose number of rows stands only in the weights. */
  readonly rowsUntold: number;
  readonly transformer: TransformerPart;
  readonly imageDecoder: Pick<ImageDecoderPart, 'write' | 'codes'>;
  readonly prompt: Prompt;
}
