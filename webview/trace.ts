import {
  UNDECIDED,
  type JudgedEvent,
  type RunDescription,
  type RunState,
  type SidecarMessage,
  type Snapshot,
} from '../sidecar/protocol';

export type RunEnding = Extract<SidecarMessage, { type: 'run-ended' }>;

/**
 * All that is known of one run. A snapshot is complete, so the newest one replaces the others. Every earlier step can be read
 * from it, so going back and forth needs no request.
 */
export interface Trace {
  readonly run: RunDescription;
  /** The newest snapshot; a snapshot of step 0 before the first one arrives. */
  readonly snapshot: Snapshot;
  /** Decided positions sorted by step, then in raster order. */
  readonly order: Uint32Array;
  /**
   * Where a step's positions begin in `order`: step s owns order[offsets[s]..offsets[s + 1]). The length is `snapshot.step` +
   * 2.
   */
  readonly offsets: Uint32Array;
  readonly ending: RunEnding | undefined;
}

/** Makes the trace of a run without decided cells. */
export function beginTrace(run: RunDescription): Trace {
  return traceOf(run, emptySnapshot(run), undefined);
}

/**
 * The trace with what `snapshot` adds. A snapshot of another run, of another grid, or older than the known one adds nothing.
 */
export function withSnapshot(trace: Trace, snapshot: Snapshot): Trace {
  const [height, width] = trace.run.grid;
  const fits = snapshot.runId === trace.run.runId && snapshot.height === height && snapshot.width === width;
  if (!fits || snapshot.step < trace.snapshot.step) return trace;
  return traceOf(trace.run, snapshot, trace.ending);
}

/** The trace with its ending. The ending of another run changes nothing. */
export function withEnding(trace: Trace, ending: RunEnding): Trace {
  return ending.runId === trace.run.runId ? { ...trace, ending } : trace;
}

/** The trace with a new description of the same run from the sidecar. Its snapshots stay. */
export function withDescription(trace: Trace, run: RunDescription): Trace {
  return { ...trace, run };
}

export function runState(trace: Trace): RunState {
  return trace.ending?.state ?? trace.run.state;
}

export function cellCount(trace: Trace): number {
  return trace.snapshot.height * trace.snapshot.width;
}

/** The last step that can be looked at. Steps are 0..stepsDone. */
export function stepsDone(trace: Trace): number {
  return trace.snapshot.step;
}

/** The last step that the run has or will have. If `isLastStepKnown` is false, it is the least possible last step. */
export function lastStep(trace: Trace): number {
  return hasEnded(trace) ? stepsDone(trace) : trace.snapshot.leastSteps;
}

/** Whether `lastStep` is final. Rows that wait for a wider window raise it. */
export function isLastStepKnown(trace: Trace): boolean {
  return hasEnded(trace) || trace.run.leastSteps === trace.run.mostSteps;
}

function hasEnded(trace: Trace): boolean {
  return runState(trace) !== 'running' && stepsDone(trace) > 0;
}

/** Raster positions that `step` decided, in raster order; none for a step that is not done. */
export function cellsOfStep(trace: Trace, step: number): Uint32Array {
  if (step < 1 || step > stepsDone(trace)) return new Uint32Array();
  return trace.order.subarray(trace.offsets[step], trace.offsets[step + 1]);
}

/** Number of cells that are decided once `step` is done. */
export function cellsDecidedBy(trace: Trace, step: number): number {
  return trace.offsets[Math.min(Math.max(step, 0), stepsDone(trace)) + 1] ?? 0;
}

/** The step that decided a cell, if known, or UNDECIDED. */
export function stepOfCell(trace: Trace, position: number): number {
  return trace.snapshot.stepOf[position] ?? UNDECIDED;
}

/** Whether a cell is decided once `step` is done. */
export function isDecidedBy(trace: Trace, position: number, step: number): boolean {
  const decidedIn = stepOfCell(trace, position);
  return decidedIn !== UNDECIDED && decidedIn <= step;
}

/** The candidates that `step` judged. */
export function judgementsOfStep(trace: Trace, step: number): readonly JudgedEvent[] {
  return judgements(trace).filter((judgement) => judgement.step === step);
}

/** Candidates for a cell that were judged up to and including `step`, in the order of steps. */
export function judgementsOfCell(trace: Trace, position: number, step: number): readonly JudgedEvent[] {
  return judgements(trace).filter((judgement) => judgement.position === position && judgement.step <= step);
}

/**
 * Cells for which more than one candidate was judged up to and including `step`, in raster order. There the model wanted more
 * context.
 */
export function cellsJudgedAgain(trace: Trace, step: number): readonly number[] {
  const judged = judgements(trace).filter((judgement) => judgement.step <= step);
  // Only one row waits at a time, so all candidates for a cell are neighbours in the list.
  const again = judged.filter(({ position }, i) => judged[i - 1]?.position === position);
  return [...new Set(again.map(({ position }) => position))];
}

function judgements({ snapshot }: Trace): readonly JudgedEvent[] {
  return snapshot.events.filter((event) => event.kind === 'judged');
}

/** Sum of the times of the steps 1..step, in ms. */
export function msUpTo(trace: Trace, step: number): number {
  return trace.snapshot.stepMs.subarray(0, Math.max(step, 0)).reduce((sum, ms) => sum + ms, 0);
}

function emptySnapshot(run: RunDescription): Snapshot {
  const [height, width] = run.grid;
  const cells = height * width;
  return {
    runId: run.runId,
    step: 0,
    leastSteps: run.leastSteps,
    height,
    width,
    decided: new Uint32Array(),
    tokens: new Int32Array(cells).fill(UNDECIDED),
    stepOf: new Int32Array(cells).fill(UNDECIDED),
    stepMs: new Float32Array(),
    tracks: [],
    events: [],
  };
}

/** Builds a trace. A counting sort orders the cells by step: linear in cells and steps, once for each snapshot. */
function traceOf(run: RunDescription, snapshot: Snapshot, ending: RunEnding | undefined): Trace {
  const { step, stepOf } = snapshot;
  const offsets = new Uint32Array(step + 2);
  for (const decidedIn of stepOf) {
    if (decidedIn >= 1 && decidedIn <= step) offsets[decidedIn + 1] = (offsets[decidedIn + 1] ?? 0) + 1;
  }
  for (let s = 1; s < offsets.length; s++) offsets[s] = (offsets[s] ?? 0) + (offsets[s - 1] ?? 0);
  const order = new Uint32Array(offsets[step + 1] ?? 0);
  const next = offsets.slice();
  stepOf.forEach((decidedIn, position) => {
    if (decidedIn < 1 || decidedIn > step) return;
    const slot = next[decidedIn] ?? 0;
    order[slot] = position;
    next[decidedIn] = slot + 1;
  });
  return { run, snapshot, order, offsets, ending };
}
