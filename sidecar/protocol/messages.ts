import type { DecoderSettings, RunDecoder } from './decoders';

/**
 * The control messages: JSON text frames on the WebSocket, one object each. Bulk data (snapshots, pictures)
 * travels as binary frames, see `frames.ts`.
 *
 * A client opens the socket with the subprotocols `[SUBPROTOCOL, tokenSubprotocol(token)]`; the sidecar speaks
 * first, with a `hello`. A request carries an `id` of the client's choice; every answer to it repeats that id.
 */

/** Grows whenever a message or frame changes its meaning. Both sides refuse another number. */
export const PROTOCOL_VERSION = 4;

/** WebSocket subprotocol that the sidecar selects. PROTOCOL_VERSION may grow without it: who differs hears so from the `hello`. */
export const SUBPROTOCOL = 'zipar.v1';

/** The token travels as a second subprotocol, because a browser can set no header and a URL may be logged. */
export function tokenSubprotocol(token: string): string {
  return `zipar.token.${token}`;
}

/** Longest text message either side accepts, in bytes. */
export const MAX_MESSAGE_BYTES = 1 << 20;

/** `zipar-adaptive`: ZipAR whose rows wait for a wider window while the model does not accept their first token. */
export const DECODERS = ['raster', 'zipar', 'zipar-adaptive'] as const;
export type DecoderName = (typeof DECODERS)[number];
/** `windowed`: row 1 starts once row 0 is a window ahead (the paper). `sequential`: row 0 is finished first (the authors' LlamaGen code). */
export type FirstRow = 'windowed' | 'sequential';
/** What is fed for a row end that is not decoded yet: the spatially `nearest` decoded token (the paper), or the newest token of the row above (`reference`, the authors' LlamaGen code). */
export type StandIn = 'nearest' | 'reference';
/** Execution providers of ONNX Runtime; `auto` lets the sidecar choose. */
export type Provider = 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';
/** What happens when a provider fails, before a run or in the middle of it: it goes on on the CPU, or it ends with an error. */
export const PROVIDER_FAILURE_POLICIES = ['fallback', 'error'] as const;
export type ProviderFailurePolicy = (typeof PROVIDER_FAILURE_POLICIES)[number];

/**
 * How the weights of the transformer's linear layers are held: as `stored` in the checkpoint, as `float16`, or in blocks of
 * 8 or 4 bits. `auto` lets the sidecar choose by provider and memory.
 */
export const PRECISIONS = ['auto', 'stored', 'float16', 'int8', 'int4'] as const;
export type Precision = (typeof PRECISIONS)[number];
/** A precision that weights can have. */
export type WeightPrecision = Exclude<Precision, 'auto'>;

/** What the picture shall show. */
export type Condition =
  | { readonly kind: 'prompt'; readonly prompt: string }
  | { readonly kind: 'class'; readonly label: number }
  /** Path of a `.safetensors` file with `caption_emb` [tokens, dim] and `emb_mask` [tokens]. */
  | { readonly kind: 'caption'; readonly file: string };

/** A picture to make. What is left out is the model's own default. */
export interface GenerateRequest {
  /** Name of a known model or path of a model folder. */
  readonly model?: string;
  readonly condition: Condition;
  /** Folder of the text encoder that reads the prompt of a caption-conditional model; the model's own when absent. */
  readonly textEncoder?: string;
  readonly decoder?: DecoderName;
  /** Tokens that row r must be ahead before row r+1 starts, 1..W; at least, with `zipar-adaptive`. */
  readonly window?: number;
  readonly firstRow?: FirstRow;
  readonly standIn?: StandIn;
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
  /** Least time between two preview pictures while decoding, in ms; 0 = none. Previews never take more than about 1 % of the run. */
  readonly previewEveryMs?: number;
  /** Only tokens, no picture: the image decoder is not even loaded. */
  readonly tokensOnly?: boolean;
}

/** Every choice of a run spelt out, as decided by the sidecar. */
export interface RunSettings {
  readonly model: string;
  readonly provider: string;
  readonly precision: WeightPrecision;
  readonly condition: Condition;
  /** What the class is called, where the condition is a class and the model's have names. */
  readonly className?: string;
  readonly decoder: string;
  /** Complete. */
  readonly decoderSettings: DecoderSettings;
  readonly seed: number;
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly greedy: boolean;
}

/** What a run computes on, and why. What no system tells is null, never guessed. */
export interface RunExecution {
  /** Name of the processor or graphics device. */
  readonly device: string | null;
  readonly memoryBytes: number | null;
  /** A sentence. */
  readonly reason: string;
}

/** A run as it stands when a client hears of it first. */
export interface RunDescription {
  /** 1..2^32-1, unique within one sidecar process. */
  readonly runId: number;
  readonly settings: RunSettings;
  readonly execution: RunExecution;
  readonly decoder: RunDecoder;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  /**
   * Forward passes that this run will take, the prompt's included: between the two, which are equal where the decoder's
   * settings tell. Each snapshot has the lower bound as it has become known meanwhile.
   */
  readonly leastSteps: number;
  readonly mostSteps: number;
  /** Forward passes raster order would take. */
  readonly rasterSteps: number;
  /** Side of one token's patch in the picture, in pixels; 0 when the model has no image decoder. */
  readonly patch: number;
  readonly state: RunState;
}

export type RunState = 'running' | 'complete' | 'cancelled' | 'failed';

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
  /** Side of the picture in pixels [height, width], or null when the folder has no image decoder. */
  readonly imageSize: readonly [number, number] | null;
  /** `text`: any prompt, read by a text encoder; or a caption file. */
  readonly condition: 'class' | 'caption-embedding' | 'text' | 'words' | 'none';
  /** How many classes there are; 0 unless the condition is a class. */
  readonly classes: number;
  /** By label, each a list of synonyms ("tench, Tinca tinca"); empty when the classes have no names. */
  readonly classNames: readonly string[];
  /** Bytes of all weight files. */
  readonly weightBytes: number;
  /** Prompts that show what the model can draw; empty for models without words. */
  readonly examples: readonly string[];
  /** Words the model knows, for completion; empty for models without words. */
  readonly words: readonly string[];
  readonly defaults: ModelDefaults;
}

export interface ModelDefaults {
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly window: number;
}

/** Why something could not be done. `bad-request`, `model-invalid` and `out-of-memory` are the user's to mend. */
export type ErrorCode =
  | 'malformed-message'
  | 'unknown-message'
  | 'unsupported-frame'
  | 'bad-request'
  | 'model-invalid'
  | 'not-found'
  | 'busy'
  /** It was cancelled before there was a run. */
  | 'cancelled'
  /** An execution provider failed, and going on on the CPU was not asked for. */
  | 'provider-failed'
  | 'out-of-memory'
  | 'engine-failed';

export interface ProtocolError {
  readonly code: ErrorCode;
  /** One sentence: what was wrong, with which file or value, what to do. */
  readonly message: string;
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
  /** Answered with `run-started` (to all clients), then `run-ended`. The requesting client also gets the snapshots. */
  | { readonly type: 'generate'; readonly id: number; readonly request: GenerateRequest }
  /** `runId` 0 = the newest run, even while its model is still being looked for. */
  | { readonly type: 'cancel'; readonly id: number; readonly runId: number }
  /** Answered with `run-description`; from then on every snapshot of the run comes, beginning with the latest. `runId` 0 = the newest run. */
  | { readonly type: 'watch'; readonly id: number; readonly runId: number }
  | { readonly type: 'unwatch'; readonly id: number; readonly runId: number }
  /** Answered with a picture frame: what the tokens decided up to `step` look like (1..steps so far). */
  | { readonly type: 'preview'; readonly id: number; readonly runId: number; readonly step: number }
  /** Answered with a file frame: the finished picture as PNG with its metadata. */
  | { readonly type: 'export-png'; readonly id: number; readonly runId: number }
  /** Answered with `hardware`: every provider is tried anew, whatever was known of it. */
  | { readonly type: 'check-hardware'; readonly id: number };

export type SidecarMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      /** Version of the product and of ONNX Runtime, for the log. */
      readonly build: { readonly version: string; readonly onnxruntime: string; readonly node: string };
      readonly capabilities: {
        readonly providers: readonly string[];
        readonly decoders: readonly DecoderName[];
      };
    }
  | { readonly type: 'pong'; readonly id: number }
  | {
      readonly type: 'models';
      readonly id: number;
      readonly models: readonly ModelSummary[];
      readonly problems: readonly string[];
    }
  /** The model is being opened: the run has no description yet, but can be cancelled by its id. */
  | { readonly type: 'loading'; readonly id: number; readonly runId: number; readonly model: string }
  /**
   * The model's weights are being packed to a precision that they are not stored in, which is done once and kept. The run
   * has no description yet, but can be cancelled by its id.
   */
  | {
      readonly type: 'packing';
      readonly id: number;
      readonly runId: number;
      readonly precision: WeightPrecision;
      /** Share that is done, 0..1. */
      readonly fraction: number;
    }
  | {
      readonly type: 'run-started';
      readonly id: number;
      readonly run: RunDescription;
      readonly notices: readonly string[];
    }
  | { readonly type: 'run-description'; readonly id: number; readonly run: RunDescription }
  /**
   * The provider failed and the run begins again on another, with the same noise. Its snapshots stay as they are until the
   * new ones are further.
   */
  | { readonly type: 'run-moved'; readonly run: RunDescription; readonly notice: string }
  | {
      readonly type: 'run-ended';
      readonly runId: number;
      readonly state: Exclude<RunState, 'running'>;
      readonly steps: number;
      readonly timings: RunTimings;
      readonly error?: ProtocolError;
    }
  /** What `zipar doctor` prints. */
  | { readonly type: 'hardware'; readonly id: number; readonly report: string }
  | { readonly type: 'ok'; readonly id: number }
  /** `id` is -1 when the request's own could not be read. */
  | { readonly type: 'error'; readonly id: number; readonly error: ProtocolError };
