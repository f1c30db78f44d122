import type {
  DecoderDescription,
  DecoderSettings,
  DecodingChoice,
  DecodingCost,
  RunDecoder,
} from './decoders';
import type { PublishedRepository } from './add-model';
import type { Said, Sentence } from './sentence';

/**
 * The control messages: JSON text frames on the WebSocket, one object each. Bulk data (snapshots, pictures) travels as
 * binary frames, see `frames.ts`.
 *
 * A client opens the socket with the subprotocols `[SUBPROTOCOL, tokenSubprotocol(token)]`. The sidecar speaks first, with a
 * `hello`. The client chooses the `id` of a request, and every answer to the request repeats that id.
 */

/** Version of the protocol. It grows whenever a message or frame changes its meaning. Each side refuses another number. */
export const PROTOCOL_VERSION = 7;

/**
 * WebSocket subprotocol that the sidecar selects. PROTOCOL_VERSION may grow without it: the `hello` tells a client about
 * another version.
 */
export const SUBPROTOCOL = 'zipar.v1';

/** The token travels as a second subprotocol, because a browser can set no header and a URL may be logged. */
export function tokenSubprotocol(token: string): string {
  return `zipar.token.${token}`;
}

/** Longest text message either side accepts, in bytes. */
export const MAX_MESSAGE_BYTES = 1 << 20;

/** Execution providers of ONNX Runtime; `auto` lets the sidecar choose. */
export type Provider = 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';
/**
 * What happens when a provider fails, before a run or during it. `fallback`: the run goes on on the CPU. `error`: it ends
 * with an error.
 */
export const PROVIDER_FAILURE_POLICIES = ['fallback', 'error'] as const;
export type ProviderFailurePolicy = (typeof PROVIDER_FAILURE_POLICIES)[number];

/**
 * How the weights of the transformer's linear layers are held: as `stored` in the checkpoint, as `float16`, or in blocks of
 * 8 or 4 bits. `auto` lets the sidecar choose by provider and memory.
 */
export const PRECISIONS = ['auto', 'stored', 'float16', 'int8', 'int4'] as const;
export type Precision = (typeof PRECISIONS)[number];
/** A precision that weights can be held in. */
export type WeightPrecision = Exclude<Precision, 'auto'>;

/** What the picture is to show. */
export type Condition =
  | { readonly kind: 'prompt'; readonly prompt: string }
  | { readonly kind: 'class'; readonly label: number }
  /** Path of a `.safetensors` file with `caption_emb` [tokens, dim] and `emb_mask` [tokens]. */
  | { readonly kind: 'caption'; readonly file: string };

/** A picture to make. An absent field means the model's own default. */
export interface GenerateRequest {
  /** Name of a known model or path of a model folder. */
  readonly model?: string;
  readonly condition: Condition;
  /**
   * Folder of the text encoder that reads the prompt of a caption-conditional model. When absent, the model's own text
   * encoder.
   */
  readonly textEncoder?: string;
  /** Rows and columns of the token grid, each 1..1024. */
  readonly grid?: readonly [number, number];
  /** Folder of the image decoder, for models whose image decoder is published apart. */
  readonly imageDecoder?: string;
  /** Text after the prompt in place of the model's own; empty for none. */
  readonly suffix?: string;
  /** What the picture shall not show, for models whose unconditional half is a prompt. */
  readonly negative?: string;
  /** Name of a decoder, as the `hello` lists them. */
  readonly decoder?: string;
  /** Settings of the decoder by name. An absent setting has its default. */
  readonly decoderSettings?: DecoderSettings;
  /** Integer 0..2^32-1. */
  readonly seed?: number;
  /** Classifier-free guidance scale; 1 = none. */
  readonly guidance?: number;
  /** > 0. */
  readonly temperature?: number;
  /** 0 = all tokens. */
  readonly topK?: number;
  /** (0, 1]; 1 = all tokens. */
  readonly topP?: number;
  /** Take the likeliest token instead of drawing one. */
  readonly greedy?: boolean;
  readonly provider?: Provider;
  /** `fallback` when absent. */
  readonly onProviderFailure?: ProviderFailurePolicy;
  readonly precision?: Precision;
  /**
   * Least time between two preview pictures during decoding, in ms; 0 = no previews. Previews never take more than about 1
   * % of the run.
   */
  readonly previewEveryMs?: number;
  /** Only tokens, no picture: the image decoder is not loaded. */
  readonly tokensOnly?: boolean;
  /**
   * Path of the `.zipar` file of a run that was stopped. The run goes on after the file's steps, with the tokens that it would
   * have had. All settings must be those of the file.
   */
  readonly resume?: string;
  /** Makes the picture as a branch of an earlier run. Settings may be others than those of that run. */
  readonly branch?: BranchRequest;
  /** Begins with the upper rows of a picture, and draws the rest. */
  readonly start?: StartRequest;
}

/** The picture that a run begins with. */
export interface StartRequest {
  /** Path of a PNG file; where `tokens` are given, of the file that they come from. */
  readonly file: string;
  /** The picture's tokens [H*W] in raster order. When absent, the picture is read and encoded. */
  readonly tokens?: readonly number[];
  /** The number of upper rows of tokens that are kept: 1..H. With all of them, nothing is drawn. */
  readonly keepRows: number;
}

/** Where a run branches off from an earlier one, and what is other from there on. */
export interface BranchRequest extends BranchChanges {
  /** Path of the PNG or `.zipar` file that holds the earlier run, its parent. */
  readonly file: string;
}

/** What is other in a branch, apart from settings. It has either `step` or `fromRow`. */
export interface BranchChanges {
  /** The parent's step after which the branch goes on: 0..steps. */
  readonly step?: number;
  /** The first row that is drawn again, from 0: 1..H-1. The rows above stay. */
  readonly fromRow?: number;
  /** Other tokens for cells that the parent had decided by then. */
  readonly set: readonly CellToken[];
  /** Tokens that cells must not get which are still to be decided. */
  readonly forbid: readonly CellToken[];
}

/** A token of a cell. */
export interface CellToken {
  /** Raster position. */
  readonly cell: number;
  /** Codebook index. */
  readonly token: number;
}

/** Every choice of a run, as the sidecar decided it. */
export interface RunSettings {
  readonly model: string;
  readonly provider: string;
  readonly precision: WeightPrecision;
  readonly condition: Condition;
  /** As the request says; absent where the model's own is used. */
  readonly suffix?: string;
  readonly negative?: string;
  /** Name of the class, when the condition is a class and the model's classes have names. */
  readonly className?: string;
  readonly decoder: string;
  /** All settings of the decoder, none missing. */
  readonly decoderSettings: DecoderSettings;
  readonly seed: number;
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly greedy: boolean;
}

/** What a run computes on, and why. A value that no system tells is null, never guessed. */
export interface RunExecution {
  /** Name of the processor or graphics device. */
  readonly device: string | null;
  readonly memoryBytes: number | null;
  /** One sentence. */
  readonly reason: string;
}

/** A run as a client first hears of it. */
export interface RunDescription {
  /** 1..2^32-1, unique within one sidecar process. */
  readonly runId: number;
  readonly settings: RunSettings;
  readonly execution: RunExecution;
  readonly decoder: RunDecoder;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  /**
   * Bounds for the steps of this run, the prompt's included. Both are equal when the decoder's settings tell the
   * exact number. Each snapshot has the lower bound as known by then.
   */
  readonly leastSteps: number;
  readonly mostSteps: number;
  /** Steps that raster order would take. */
  readonly rasterSteps: number;
  /** Expected time of its steps, ms; absent where this machine has not measured steps of the model. */
  readonly expectedMs?: number;
  /** Side of one token's patch in the picture, in pixels; 0 when the model has no image decoder. */
  readonly patch: number;
  /** The picture whose upper rows the run keeps; absent for a run that draws all rows. */
  readonly start?: RunStart;
  readonly state: RunState;
  /** Whether the run waits between two steps; absent when it does not. */
  readonly isPaused?: boolean;
}

/** What a run says of the picture that it began with. */
export interface RunStart {
  /** Name of the picture's file without its folder. */
  readonly file: string;
  /** The number of upper rows of tokens that are the picture's: 1..H. */
  readonly keptRows: number;
}

export const RUN_STATES = ['running', 'complete', 'cancelled', 'failed'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface RunTimings {
  readonly loadMs: number;
  readonly decodeMs: number;
  readonly imageMs: number;
}

/** A model that can be chosen. */
export interface ModelSummary {
  readonly name: string;
  /** Absolute path of the model folder. */
  readonly folder: string;
  readonly grid: readonly [number, number];
  /** Grids that the model was trained on, the usual one first; empty when it draws its own grid only. */
  readonly trainedGrids: readonly (readonly [number, number])[];
  /** Side of the picture in pixels [height, width], or null when the folder has no image decoder. */
  readonly imageSize: readonly [number, number] | null;
  /** `text`: any prompt that a text encoder can read, or a caption file. `prompt`: any prompt, which the model itself reads. */
  readonly condition: 'class' | 'caption-embedding' | 'text' | 'prompt' | 'words' | 'none';
  /** How many classes there are; 0 unless the condition is a class. */
  readonly classes: number;
  /** Names by label. Each is a list of synonyms ("tench, Tinca tinca"). Empty when the classes have no names. */
  readonly classNames: readonly string[];
  /** Bytes of all weight files. */
  readonly weightBytes: number;
  /** Prompts that show what the model can draw; empty for models without words. */
  readonly examples: readonly string[];
  /** Words that the model knows, for completion; empty for models without words. */
  readonly words: readonly string[];
  /** Text that the model puts after each prompt when nobody names another; null when it knows no suffix. */
  readonly suffix: string | null;
  /** What a picture shall not show when nobody names another; null when the unconditional half is no prompt. */
  readonly negative: string | null;
  readonly defaults: ModelDefaults;
}

export interface ModelDefaults {
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly window: number;
}

/** Tokens of a run that the sidecar does not know, to be drawn. */
export interface DrawTokensRequest {
  /** Name of a known model, or path of a model folder. */
  readonly model: string;
  /** Digest of the weights that made the run; null when it is not known. */
  readonly weights: string | null;
  /** Rows, columns: 1..1024 each. */
  readonly grid: readonly [number, number];
  /** In raster order; UNDECIDED for cells without a token. */
  readonly tokens: readonly number[];
}

/** How likely a run is in raster order. */
export interface Likelihoods {
  /**
   * The negative log-likelihood of each token, in nats, given the prompt and all tokens before it: with guidance, without
   * temperature, top-k and top-p. In raster order, up to the first undecided cell.
   */
  readonly nll: readonly number[];
}

/** What a model of words makes of a prompt. */
export interface PromptReading {
  /** The words of the model that the prompt comes to, in order. Empty when the model knows none. */
  readonly known: readonly string[];
  /** The words that are left out, each once, in lower case and without accents. */
  readonly unknown: readonly UnknownPromptWord[];
}

export interface UnknownPromptWord {
  readonly word: string;
  /** Up to three words that the model would understand, the nearest first. */
  readonly nearest: readonly string[];
}

/** A token that a cell could have got. */
export interface TokenAlternative {
  /** Codebook index. */
  readonly token: number;
  /** Its probability in the draw: with guidance, after temperature, top-k and top-p. */
  readonly probability: number;
  /** Its probability without guidance, after temperature alone; null for a run without guidance. */
  readonly unguided: number | null;
}

/** What a cell's draw looked like, computed again by the model. */
export interface CellAlternatives {
  /** Raster position. */
  readonly position: number;
  /** The likeliest tokens with guidance, the likeliest first; at most eight. */
  readonly likeliest: readonly TokenAlternative[];
  readonly drawn: TokenAlternative;
  /** Place of the drawn token among all tokens with guidance, from 1. */
  readonly rank: number;
}

/** Where a run waits: when a step is done, or when the cell at a raster position is decided. */
export type RunStop =
  { readonly kind: 'step'; readonly step: number } | { readonly kind: 'cell'; readonly position: number };

/** Why something could not be done. The user can mend `bad-request`, `model-invalid` and `out-of-memory`. */
export const ERROR_CODES = [
  'malformed-message',
  'unknown-message',
  'unsupported-frame',
  'bad-request',
  'model-invalid',
  'not-found',
  'busy',
  /** The request was cancelled before there was a run. */
  'cancelled',
  /** An execution provider failed, and the request did not ask to go on on the CPU. */
  'provider-failed',
  'out-of-memory',
  'engine-failed',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ProtocolError {
  readonly code: ErrorCode;
  /** One sentence, in English: what was wrong, with which file or value, and what to do. */
  readonly message: string;
  /** The same sentence, so that it can be said in another language; absent where only the message is known. */
  readonly sentence?: Sentence;
}

export type ClientMessage =
  | { readonly type: 'ping'; readonly id: number }
  /** `textEncoder`: folder of a text encoder that the user names for models that take captions. */
  | {
      readonly type: 'list-models';
      readonly id: number;
      readonly folders: readonly string[];
      readonly textEncoder?: string;
    }
  /** Answered with `prompt-words`. `model`: name or path of a model that draws prompts in words. */
  | { readonly type: 'read-prompt'; readonly id: number; readonly model: string; readonly prompt: string }
  /** Answered with `run-started` (to all clients), then `run-ended`. The requesting client also gets the snapshots. */
  | { readonly type: 'generate'; readonly id: number; readonly request: GenerateRequest }
  /** `runId` 0 = the newest run, even while the sidecar still looks for its model. */
  | { readonly type: 'cancel'; readonly id: number; readonly runId: number }
  /**
   * The run waits after its next step. Answered with `ok`, and `run-paused` follows as soon as it waits. A run whose tokens are
   * all decided does not wait.
   */
  | { readonly type: 'pause'; readonly id: number; readonly runId: number }
  /** The run goes on. Answered with `ok`. `until`: where it waits again; absent: nowhere. */
  | { readonly type: 'go-on'; readonly id: number; readonly runId: number; readonly until?: RunStop }
  /**
   * Answered with `run-description`. From then on the newest state of the run comes, beginning with a snapshot. `runId` 0 =
   * the newest run. `changes`: the client says what it holds, from the first frame on.
   */
  | { readonly type: 'watch'; readonly id: number; readonly runId: number; readonly changes?: boolean }
  | { readonly type: 'unwatch'; readonly id: number; readonly runId: number }
  /**
   * Says what the client holds of a run that it watches: a step of an edition of its trace. From then on the sidecar sends only
   * what is new since that state, and sends it again until the client holds it. Not answered.
   */
  | {
      readonly type: 'holding';
      readonly id: number;
      readonly runId: number;
      readonly step: number;
      readonly edition: number;
    }
  /** Answered with a picture frame: the picture of the tokens that were decided up to `step` (1..steps so far). */
  | { readonly type: 'preview'; readonly id: number; readonly runId: number; readonly step: number }
  /** Answered with a file frame: the finished picture as PNG with its metadata. */
  | { readonly type: 'export-png'; readonly id: number; readonly runId: number }
  /** Answered with a file frame: the run so far as a `.zipar` file, whatever its state. */
  | { readonly type: 'export-trace'; readonly id: number; readonly runId: number }
  /** Answered with a picture frame of run 0. Undecided cells are filled. */
  | ({ readonly type: 'draw-tokens'; readonly id: number } & DrawTokensRequest)
  /** Answered with `cell-alternatives`. Refused as `busy` while a picture is made, unless it waits. `position`: raster position. */
  | { readonly type: 'inspect-cell'; readonly id: number; readonly runId: number; readonly position: number }
  /** The same for a run that only a file knows. */
  | {
      readonly type: 'inspect-recorded';
      readonly id: number;
      /** Path of the model's folder. */
      readonly model: string;
      /** The trace as a PNG's chunk holds it, in base64. */
      readonly trace: string;
      readonly position: number;
    }
  /** Answered with `likelihoods`. Refused as `busy` while a picture is made. The fields are those of `inspect-recorded`. */
  | {
      readonly type: 'score-recorded';
      readonly id: number;
      readonly model: string;
      readonly trace: string;
    }
  /** Answered with `decoding-costs`. Nothing is decoded. */
  | {
      readonly type: 'count-steps';
      readonly id: number;
      /** Rows, columns: 1..1024 each. */
      readonly grid: readonly [number, number];
      /** The window that the model is decoded with by default. */
      readonly modelWindow: number;
      /** At most 64. */
      readonly choices: readonly DecodingChoice[];
    }
  /** Answered with `hardware`. Every provider is tried again, even if its state is known. */
  | { readonly type: 'check-hardware'; readonly id: number };

export type SidecarMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      /** Version of the product, of ONNX Runtime and of Node.js, for the log. */
      readonly build: { readonly version: string; readonly onnxruntime: string; readonly node: string };
      readonly capabilities: {
        readonly providers: readonly string[];
        /** The table of decoders, in the order in which they are offered. */
        readonly decoders: readonly DecoderDescription[];
        /** What a client offers to download. Repositories of one family follow one another. */
        readonly repositories: readonly PublishedRepository[];
      };
    }
  | { readonly type: 'pong'; readonly id: number }
  | {
      readonly type: 'models';
      readonly id: number;
      readonly models: readonly ModelSummary[];
      readonly problems: readonly string[];
    }
  | ({ readonly type: 'prompt-words'; readonly id: number } & PromptReading)
  /** The sidecar opens the model. The run has no description yet, but its id can cancel it. */
  | { readonly type: 'loading'; readonly id: number; readonly runId: number; readonly model: string }
  /**
   * The sidecar packs the model's weights to a precision that they are not stored in. It does so once and keeps the result.
   * The run has no description yet, but its id can cancel it.
   */
  | {
      readonly type: 'packing';
      readonly id: number;
      readonly runId: number;
      readonly precision: WeightPrecision;
      /** Share of the packing that is done, 0..1. */
      readonly fraction: number;
    }
  | {
      readonly type: 'run-started';
      readonly id: number;
      readonly run: RunDescription;
      readonly notices: readonly Said[];
    }
  | { readonly type: 'run-description'; readonly id: number; readonly run: RunDescription }
  /**
   * The provider failed, and the run begins again on another provider, with the same noise. The snapshots stay as they are
   * until the new ones have more steps.
   */
  | { readonly type: 'run-moved'; readonly run: RunDescription; readonly notice: Said }
  /** The run waits after a step. Its model stays in memory. The sidecar has saved the run, if it saves runs. */
  | { readonly type: 'run-paused'; readonly runId: number; readonly step: number }
  /** A run that waited goes on. */
  | { readonly type: 'run-goes-on'; readonly runId: number }
  | {
      readonly type: 'run-ended';
      readonly runId: number;
      readonly state: Exclude<RunState, 'running'>;
      readonly steps: number;
      readonly timings: RunTimings;
      readonly error?: ProtocolError;
    }
  /** One cost for each choice, in the order of the choices. `rasterSteps`: the steps of raster order. */
  | {
      readonly type: 'decoding-costs';
      readonly id: number;
      readonly costs: readonly DecodingCost[];
      readonly rasterSteps: number;
    }
  | ({ readonly type: 'cell-alternatives'; readonly id: number } & CellAlternatives)
  | ({ readonly type: 'likelihoods'; readonly id: number } & Likelihoods)
  /** The report that `zipar doctor` prints, line by line. */
  | { readonly type: 'hardware'; readonly id: number; readonly report: readonly Said[] }
  | { readonly type: 'ok'; readonly id: number }
  /** `id` is -1 when the id of the request could not be read. */
  | { readonly type: 'error'; readonly id: number; readonly error: ProtocolError };
