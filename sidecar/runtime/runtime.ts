import type { WeightPrecision } from '../protocol';
import type { Tensors } from './tensor';
import { SentenceError } from '../protocol/sentence';

/** Where a graph runs. */
export interface ExecutionOptions {
  readonly provider: string;
  /** Threads of the CPU provider, at least 1. */
  readonly threads: number;
  /** Precision of the transformer's linear layers; as stored when absent. */
  readonly precision?: WeightPrecision;
  /** Bytes of the largest tensor that the provider's device holds. Larger matrices are computed in parts. Any size when absent. */
  readonly tensorBytes?: number | undefined;
}

/** How a graph is used. Each field has a default. */
export interface ProgramOptions {
  /**
   * `many` (default): matrices are copied into the order in which they multiply fastest. `one`: copying would take longer than
   * the run, so matrices stay in the file, mapped into memory.
   */
  readonly runs?: 'many' | 'one';
  /** Outputs that stay on the device, where the provider can leave them there. They can be fed, not read. None by default. */
  readonly onDevice?: readonly string[];
  /**
   * Memory for intermediate results. `kept` (default): for the next run. `given back`: to the system after each run, which
   * suits a graph that needs gigabytes and runs seldom.
   */
  readonly memory?: 'kept' | 'given back';
}

/** A graph that is ready to run. */
export interface Program {
  readonly inputNames: readonly string[];
  /** @param options `isQuiet`: the caller reports a failure, so the runtime writes nothing about it */
  run(inputs: Tensors, options?: { readonly isQuiet?: boolean }): Promise<Tensors>;
  release(): Promise<void>;
}

/** What computes graphs. The rest of the program knows only this interface. */
export interface Runtime {
  /**
   * Opens an ONNX graph whose weights lie in `folder`. It writes no file, and no weight passes through JavaScript.
   * @throws RuntimeUnavailableError when the runtime cannot be loaded; what the runtime throws when it refuses the graph
   */
  open(
    graph: Uint8Array<ArrayBuffer>,
    folder: string,
    execution: ExecutionOptions,
    options?: ProgramOptions,
  ): Promise<Program>;
  /** Execution providers of this build, as users name them. @throws RuntimeUnavailableError */
  providers(): readonly string[];
  /** Whether outputs can stay on the provider's device. */
  keepsOutputs(provider: string): boolean;
  /** Version of the installed runtime. It is known even where the runtime cannot be loaded. */
  version(): string;
}

/** The runtime could not be loaded. The message says why and what to do. */
export class RuntimeUnavailableError extends SentenceError {
  override readonly name = 'RuntimeUnavailableError';
}
