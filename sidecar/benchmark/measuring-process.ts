import { fork } from 'node:child_process';
import { EngineError } from '../engine/engine-messages';
import { errorReport } from '../engine/error-report';
import { computingFailure } from '../engine/provider-failure';
import type { ExecutionOptions } from '../model/inference-session';
import type { ProtocolError } from '../protocol';
import { measureCopyBandwidth } from './copy-bandwidth';
import { measureRound, type RoundFigures, type RoundRequest } from './round';

/** What a measuring process is told to do. */
type Task =
  | { readonly type: 'round'; readonly request: RoundRequest }
  | { readonly type: 'copies'; readonly execution: ExecutionOptions };

/** What it says in the end. */
type Outcome<T> = { readonly figures: T } | { readonly error: ProtocolError };

/** Processes that measure one thing each, so that a peak of memory is of nothing else, and a driver that crashes ends nothing else. */
export class MeasuringProcesses {
  /** @param command script and arguments of a process that calls `serveMeasurement` */
  constructor(private readonly command: readonly [script: string, ...args: string[]]) {}

  /** @throws EngineError */
  round(request: RoundRequest): Promise<RoundFigures> {
    return this.run<RoundFigures>({ type: 'round', request }, request.execution);
  }

  /** Bytes a second. @throws EngineError */
  copyBandwidth(execution: ExecutionOptions): Promise<number> {
    return this.run<number>({ type: 'copies', execution }, execution);
  }

  private async run<T>(task: Task, execution: ExecutionOptions): Promise<T> {
    const [script, ...args] = this.command;
    const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const outcome = await new Promise<Outcome<T>>((resolve, reject) => {
      child.once('message', (message) => {
        resolve(message as Outcome<T>);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        const how = signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`;
        const error = computingFailure(
          new Error(`the measuring process ended with ${how}`),
          execution,
          'while it was measured',
        );
        resolve({ error: errorReport(error) });
      });
      child.send(task);
    });
    if ('error' in outcome) throw EngineError.from(outcome.error);
    return outcome.figures;
  }
}

/** In such a process: takes its task, tells what came of it, and ends; also when nobody waits for it any more. */
export function serveMeasurement(): void {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (task: Task) => {
    void carryOut(task).then((outcome) => {
      process.send?.(outcome, () => process.exit(0));
    });
  });
}

async function carryOut(task: Task): Promise<Outcome<unknown>> {
  const { execution } = task.type === 'round' ? task.request : task;
  try {
    return {
      figures:
        task.type === 'round' ? await measureRound(task.request) : await measureCopyBandwidth(execution),
    };
  } catch (error) {
    return { error: errorReport(computingFailure(error, execution, 'while it was measured')) };
  }
}
