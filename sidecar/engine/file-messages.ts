import type { ModelWishes } from '../model/model-folder';
import type {
  DrawTokensRequest,
  GenerateRequest,
  ModelSummary,
  ProtocolError,
  WeightPrecision,
} from '../protocol';
import type { GraphicsDevice } from '../hardware/graphics-devices';
import type { RunRecord } from '../trace-file/run-record';
import type { DecodedImage } from './engine-messages';
import type { MemoryNeed } from './memory-need';
import type { ProductSize, ProductTimes } from './product-times';
import type { Verdict } from './provider-choice';
import type { ProofDepth } from './provider-proof';
import type { PictureWork } from './picture-costs';
import type { RunPlan } from './run-plan';

/** The tasks of the file thread, by kind. */
export interface FileTasksByKind {
  /** List the models that ship and the models of some folders. */
  readonly list: {
    readonly kind: 'list';
    readonly folders: readonly string[];
    readonly textEncoder: string | undefined;
  };
  /** Find the model of a request and make the plan of its run. */
  readonly plan: {
    readonly kind: 'plan';
    readonly request: GenerateRequest;
    readonly available: readonly string[];
    readonly onDevices: readonly string[];
  };
  /** Compute the memory that a run of a model needs. */
  readonly memory: {
    readonly kind: 'memory';
    readonly model: string;
    readonly wishes: ModelWishes;
    readonly precision: WeightPrecision;
    readonly guidance: number;
  };
  /** Encode a picture as PNG, with metadata and the record of its run. */
  readonly png: { readonly kind: 'png'; readonly image: DecodedImage; readonly record: RunRecord };
  /** Check that a model can draw some tokens, and choose where it computes. */
  readonly drawing: { readonly kind: 'drawing'; readonly request: DrawTokensRequest };
  /** Encode the record of a run as a `.zipar` file. */
  readonly trace: { readonly kind: 'trace'; readonly record: RunRecord };
}

export type FileTask = FileTasksByKind[keyof FileTasksByKind];

/** The result of each task. */
export interface FileTaskResults {
  readonly list: { readonly models: ModelSummary[]; readonly problems: string[] };
  readonly plan: RunPlan;
  readonly memory: MemoryNeed;
  readonly png: Uint8Array;
  readonly trace: Uint8Array;
  readonly drawing: Pick<PictureWork, 'folder' | 'wishes' | 'execution'>;
}

/** A question of the file thread to the main thread. The main thread starts the processes that check providers. */
export type ProviderQuestion =
  | { readonly about: 'verdict'; readonly provider: string; readonly depth: ProofDepth }
  | { readonly about: 'devices' }
  | { readonly about: 'products'; readonly size: ProductSize };

export type ProviderAnswer = Verdict | readonly GraphicsDevice[] | ProductTimes | undefined;

/** A message to the file thread. */
export type FileRequest =
  | { readonly type: 'task'; readonly id: number; readonly task: FileTask }
  | { readonly type: 'answer'; readonly questionId: number; readonly answer: ProviderAnswer };

/** A message from the file thread. */
export type FileReport =
  | { readonly type: 'done'; readonly id: number; readonly result: FileTaskResults[keyof FileTaskResults] }
  | { readonly type: 'failed'; readonly id: number; readonly error: ProtocolError }
  /** The model of a `plan` task is found. `model` is its name. */
  | { readonly type: 'found'; readonly id: number; readonly model: string }
  | { readonly type: 'question'; readonly questionId: number; readonly question: ProviderQuestion };
