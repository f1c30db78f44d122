import { Trace } from '../decoding/trace';
import type { ProtocolError, RunState, RunTimings } from '../protocol';
import type { DecodedImage, StepReport } from './engine-messages';
import type { RunPlan } from './run-plan';

/** How far a run is. */
export type RunStage =
  /** The model is being opened. The run has no watchers yet. */
  | { readonly kind: 'loading' }
  /**
   * Tokens are being decoded. After a move to another provider, `replay` is the trace of the repeated decoding. It replaces
   * the run's trace as soon as it has more steps.
   */
  | { readonly kind: 'decoding'; readonly replay?: Trace }
  /** All tokens are decided, and the finished picture is being drawn. */
  | { readonly kind: 'drawing' }
  /** `picture` is undefined for a run that was for tokens only. */
  | { readonly kind: 'complete'; readonly picture: DecodedImage | undefined }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: ProtocolError };

/** A stage in which nothing is done any more. */
export type RunEnd = Extract<RunStage, { readonly kind: 'complete' | 'cancelled' | 'failed' }>;

/** A picture that is being made, or is made: its plan, its trace, and how far it is. */
export class Run {
  /** The cells that are decided so far. */
  trace: Trace;
  stage: RunStage = { kind: 'loading' };
  /** What the user should know, one sentence each. Complete when the first step has begun. */
  notices: readonly string[];
  /** When the run began, in ms since 1970. A run that goes on began when the earlier one did. */
  readonly startedAt: number;
  timings: RunTimings;

  constructor(
    readonly runId: number,
    /** The plan that is carried out. It changes when the run moves to another provider. */
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

  /** Begins the first step. Not called again when the model is opened a second time, on another provider. */
  beginDecoding(notices: readonly string[]): void {
    this.notices = [...this.notices, ...notices];
    this.stage = { kind: 'decoding' };
  }

  /** Begins to decode from the first step again. The trace so far stays until the new one has more steps. */
  repeatDecoding(): void {
    if (this.stage.kind === 'decoding') this.stage = { kind: 'decoding', replay: firstTrace(this.plan) };
  }

  /** Records a step. @returns whether the trace has got further: a repeated step changes nothing for those who watch */
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

  /** Ends the decoding. All tokens are decided. @param ms time that it took, without the steps of an earlier run */
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
    this.timings = { ...this.timings, decodeMs: replay.stepMs.reduce((sum, ms) => sum + ms, 0) };
    this.stage = { kind: 'decoding' };
  }
}

/** The trace before the first step that this run makes itself. */
function firstTrace({ grid, steps, past }: RunPlan): Trace {
  return new Trace(grid, Math.max(steps.least, past?.steps ?? 0), past);
}
