import type { DecodedStep, SeededSampling } from '../decoding/decoder';
import type { ForbiddenToken } from '../decoding/forbidding-forward';
import type { PastSteps } from '../decoding/past-steps';
import type { Prompt, TextForEncoder } from '../model/family';
import type { TokenInput } from '../decoding/token-input';
import type {
  CellAlternatives,
  DecodingChoice,
  ErrorCode,
  Likelihoods,
  ProtocolError,
  RunStop,
} from '../protocol';
import type { ModelWishes } from '../model/model-folder';
import type { ExecutionOptions } from '../runtime/runtime';
import { SentenceError, type Said } from '../protocol/sentence';

/** The part of a run's plan that the inference thread gets. */
export interface DecodeJob {
  /** The model's folder, or its weight file; an absolute path. */
  readonly folder: string;
  readonly wishes: ModelWishes;
  readonly execution: ExecutionOptions;
  readonly prompt: Prompt | TextForEncoder;
  readonly guidance: number;
  readonly decoding: DecodingChoice;
  readonly sampling: SeededSampling;
  /** Whether the thread also checks that a suitable image decoder exists. */
  readonly withImage: boolean;
  /** Steps of an earlier run, after which this one goes on. */
  readonly past?: PastSteps | undefined;
  /** Tokens that cells must not get. */
  readonly forbidden?: readonly ForbiddenToken[];
}

/** A cell whose draw is computed again. */
export interface InspectJob extends Pick<
  DecodeJob,
  'folder' | 'wishes' | 'execution' | 'prompt' | 'guidance' | 'sampling'
> {
  /** Raster position. */
  readonly position: number;
  /** The token that the run drew. */
  readonly drawn: number;
  /** The tokens that the prediction rests on, as `cellSight` tells them. */
  readonly inputs: readonly TokenInput[];
}

/** Tokens whose likelihood in raster order is computed. */
export interface ScoreJob extends Pick<DecodeJob, 'folder' | 'wishes' | 'execution' | 'prompt' | 'guidance'> {
  /** The tokens of the first cells, in raster order. */
  readonly tokens: Int32Array;
}

/** A message to the inference thread. */
export type EngineRequest =
  | { readonly type: 'decode'; readonly runId: number; readonly job: DecodeJob }
  | { readonly type: 'inspect'; readonly inspectId: number; readonly job: InspectJob }
  | { readonly type: 'score'; readonly scoreId: number; readonly job: ScoreJob }
  /** The decoding waits after its next step. */
  | { readonly type: 'pause'; readonly runId: number }
  /** The decoding goes on, or does not wait before `until`. */
  | { readonly type: 'go-on'; readonly runId: number; readonly until: RunStop | undefined }
  | { readonly type: 'cancel'; readonly runId: number };

/** A step, as the inference thread reports it. */
export interface StepReport extends DecodedStep {
  /** The time of the step. */
  readonly ms: number;
}

/** A message from the inference thread. */
export type EngineReport =
  | {
      readonly type: 'loaded';
      readonly runId: number;
      readonly ms: number;
      /** Sentences for the user. */
      readonly notices: readonly Said[];
    }
  /** The weights are being packed. `fraction` is the part that is done, 0..1. */
  | { readonly type: 'packing'; readonly runId: number; readonly fraction: number }
  /** A sentence for the log. */
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'step'; readonly runId: number; readonly report: StepReport }
  /** The decoding waits between two steps. */
  | { readonly type: 'paused'; readonly runId: number }
  | {
      readonly type: 'decoded';
      readonly runId: number;
      readonly state: 'complete' | 'cancelled';
      readonly ms: number;
    }
  | { readonly type: 'run-failed'; readonly runId: number; readonly error: ProtocolError }
  | {
      readonly type: 'inspected';
      readonly inspectId: number;
      readonly result: CellAlternatives | { readonly error: ProtocolError };
    }
  | {
      readonly type: 'scored';
      readonly scoreId: number;
      readonly result: Likelihoods | { readonly error: ProtocolError };
    };

/** A picture as 8-bit RGB pixels, row by row from the top. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array<ArrayBuffer>;
}

/** The error of a failure, with the code that a client gets. */
export class EngineError extends SentenceError {
  override readonly name = 'EngineError';

  constructor(
    readonly code: ErrorCode,
    said: Said,
    options?: ErrorOptions,
  ) {
    super(said, options);
  }

  static from({ code, message, sentence }: ProtocolError): EngineError {
    return new EngineError(code, sentence ?? message);
  }
}
