import { fork } from 'node:child_process';
import { EngineError } from '../engine/engine-messages';
import { errorReport } from '../engine/error-report';
import { computingFailure } from '../engine/provider-failure';
import { endNow } from '../lifetime/end-now';
import type { ProtocolError } from '../protocol';
import { measureCopyBandwidth } from './copy-bandwidth';
import { measureLimits, type MachineLimits } from './machine-limits';
import { measureRound, type RoundFigures, type RoundRequest } from './round';
import type { ExecutionOptions } from '../runtime/runtime';

/** The task of a measuring process. */
type Task =
  | { readonly type: 'round'; readonly request: RoundRequest }
  | { readonly type: 'copies'; readonly execution: ExecutionOptions }
  | { readonly type: 'limits'; readonly execution: ExecutionOptions; readonly bytes: number };

/** The last message of a measuring process. */
type Outcome<T> = { readonly figures: T } | { readonly error: ProtocolError };

/** Message between passes. It distinguishes a long measurement from a driver that never returns. */
const ALIVE = 'alive';
const ALIVE_EVERY_MS = 1000;

/** Longest time without a message. Opening a model needs it: gigabytes from a slow disk, and shaders that are compiled. */
const PATIENCE_MS = 300_000;

/**
 * Runs processes that measure one thing each. So a peak of memory belongs to one measurement, and a driver that crashes
 * ends only one.
 */
export class MeasuringProcesses {
  /**
   * @param command script and arguments of a process that calls `serveMeasurement`
   * @param patienceMs longest time without a message before the process is ended
   */
  constructor(
    private readonly command: readonly [script: string, ...args: string[]],
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Measures one round. @throws EngineError */
  round(request: RoundRequest): Promise<RoundFigures> {
    return this.run<RoundFigures>({ type: 'round', request }, request.execution);
  }

  /** Measures copies, in bytes a second. @throws EngineError */
  copyBandwidth(execution: ExecutionOptions): Promise<number> {
    return this.run<number>({ type: 'copies', execution }, execution);
  }

  /** Measures the limits of the machine. @param bytes bytes that a step reads @throws EngineError */
  limits(execution: ExecutionOptions, bytes: number): Promise<MachineLimits> {
    return this.run<MachineLimits>({ type: 'limits', execution, bytes }, execution);
  }

  private async run<T>(task: Task, execution: ExecutionOptions): Promise<T> {
    const [script, ...args] = this.command;
    const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const failed = (how: string): Outcome<T> => ({
      error: errorReport(computingFailure(new Error(how), execution, 'while it was measured')),
    });
    const outcome = await new Promise<Outcome<T>>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        resolve(failed(`it did not answer for ${this.patienceMs / 1000} s`));
      }, this.patienceMs);
      child.on('message', (message) => {
        timer.refresh();
        if (message !== ALIVE) resolve(message as Outcome<T>);
      });
      child.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        const how = signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`;
        resolve(failed(`the measuring process ended with ${how}`));
      });
      child.send(task);
    });
    if ('error' in outcome) throw EngineError.from(outcome.error);
    return outcome.figures;
  }
}

/** Serves as a measuring process: takes its task, tells the result, and ends. It also ends when its caller has gone. */
export function serveMeasurement(): void {
  process.once('disconnect', endNow);
  process.once('message', (task: Task) => {
    setInterval(() => process.send?.(ALIVE), ALIVE_EVERY_MS).unref();
    void carryOut(task).then((outcome) => {
      process.send?.(outcome, () => process.exit(0));
    });
  });
}

async function carryOut(task: Task): Promise<Outcome<unknown>> {
  const { execution } = task.type === 'round' ? task.request : task;
  try {
    return { figures: await measure(task) };
  } catch (error) {
    return { error: errorReport(computingFailure(error, execution, 'while it was measured')) };
  }
}

function measure(task: Task): Promise<RoundFigures | MachineLimits | number> {
  switch (task.type) {
    case 'round':
      return measureRound(task.request);
    case 'copies':
      return measureCopyBandwidth(task.execution);
    case 'limits':
      return measureLimits(task.execution, task.bytes);
  }
}
