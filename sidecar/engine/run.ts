import { Trace } from '../decoding/trace';
import type { ProtocolError, RunState, RunTimings } from '../protocol';
import type { DecodedImage, StepReport } from './engine-messages';
import type { RunPlan } from './run-plan';
import type { Said } from '../protocol/sentence';

/** The stage of a run. */
export type RunStage =
  /** The model is being opened. No client watches the run yet. */
  | { readonly kind: 'loading' }
  /**
   * Tokens are being decoded. After a move to the CPU, `replay` is the trace of the repeated decoding. It replaces the trace of
   * the run as soon as it has more steps.
   */
  | { readonly kind: 'decoding'; readonly replay?: Trace }
  /** All tokens are decided, and the finished picture is being drawn. */
  | { readonly kind: 'drawing' }
  /** The run is complete. `picture` is undefined if the request was for tokens only. */
  | { readonly kind: 'complete'; readonly picture: DecodedImage | undefined }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: ProtocolError };

/** The last stage of a run. */
export type RunEnd = Extract<RunStage, { readonly kind: 'complete' | 'cancelled' | 'failed' }>;

/** A run: its plan, its trace and its stage. */
export class Run {
  /** The decided cells so far, and the steps that decided them. */
  trace: Trace;
  stage: RunStage = { kind: 'loading' };
  /** Sentences for the user. No more are added after the first step has begun. */
  notices: readonly Said[];
  /** When the run began, in ms since 1970. A run that goes on began when the earlier one did. */
  readonly startedAt: number;
  /** Counts the traces that the run had. The newest one replaced the others; a provider had failed. */
  edition = 1;
  timings: RunTimings;
  /** Whether the run waits between two steps. Its model stays in memory meanwhile. */
  isPaused = false;

  constructor(
    readonly runId: number,
    /** The plan. It changes when the run moves to the CPU. */
    public plan: RunPlan,
  ) {
    this.trace = firstTrace(plan);
    this.notices = plan.notices;
    this.startedAt = plan.past?.startedAt ?? Date.now();
    this.timings = { loadMs: 0, decodeMs: plan.past?.decodeMs ?? 0, imageMs: 0 };
  }

  get state(): RunState {
    const { kind } = this.stage;
    return kind === 'loading' || kind === 'decoding' || kind === 'drawing' ? 'running' : kind;
  }

  get error(): ProtocolError | undefined {
    return this.stage.kind === 'failed' ? this.stage.error : undefined;
  }

  /** Enters the stage `decoding`. It is not called again if the run moves to the CPU later. */
  beginDecoding(notices: readonly Said[]): void {
    this.notices = [...this.notices, ...notices];
    this.stage = { kind: 'decoding' };
  }

  /** Begins the decoding again from the first step. The trace so far stays until the new trace has more steps. */
  repeatDecoding(): void {
    if (this.stage.kind === 'decoding') this.stage = { kind: 'decoding', replay: firstTrace(this.plan) };
  }

  /** Records a step. @returns whether the trace of the run has a new step. A repeated step does not change this trace */
  record(report: StepReport): boolean {
    if (this.stage.kind !== 'decoding') return false;
    const { replay } = this.stage;
    const recording = replay ?? this.trace;
    recording.record(report, report.ms);
    if (replay && replay.steps <= this.trace.steps) return false;
    if (replay) this.replaceTrace(replay);
    else this.timings = { ...this.timings, decodeMs: this.timings.decodeMs + report.ms };
    return true;
  }

  /**
   * Enters the stage `drawing`, when all tokens are decided.
   * @param ms the time of the decoding, without the steps of an earlier run
   */
  beginDrawing(ms: number): void {
    if (this.stage.kind === 'decoding' && this.stage.replay) this.replaceTrace(this.stage.replay);
    this.endDecoding(ms);
    this.stage = { kind: 'drawing' };
  }

  /** Takes the time of the decoding. @param ms without the steps of an earlier run */
  endDecoding(ms: number): void {
    this.timings = { ...this.timings, decodeMs: (this.plan.past?.decodeMs ?? 0) + ms };
  }

  private replaceTrace(replay: Trace): void {
    this.trace = replay;
    this.edition++;
    this.timings = { ...this.timings, decodeMs: replay.stepMs.reduce((sum, ms) => sum + ms, 0) };
    this.stage = { kind: 'decoding' };
  }
}

/** The trace before the first step that this run makes itself. */
function firstTrace({ grid, steps, past, candidates }: RunPlan): Trace {
  return new Trace(grid, Math.max(steps.least, past?.steps ?? 0), past, candidates);
}
