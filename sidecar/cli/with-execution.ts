import { enginePaths } from '../engine-paths';
import {
  chooseExecution,
  movedToCpu,
  type ExecutionChoice,
  type ExecutionRequest,
} from '../engine/execution-choice';
import { LoadedModel } from '../engine/loaded-model';
import { memoryNeed } from '../engine/memory-need';
import { memoryAdvice, OutOfMemoryError } from '../engine/out-of-memory';
import { computingFailure, ProviderFailure } from '../engine/provider-failure';
import { Providers } from '../engine/providers';
import type { ModelFolder } from '../model/model-folder';
import { inEnglish } from '../protocol/sentence';

type Execution = ExecutionChoice['options'];

/**
 * Opens the model with the provider that the options name, and works with it. If the provider fails and the options allow
 * it, the work begins again on the CPU. A message on stderr says so.
 *
 * @returns the result of the work, and how it was executed
 * @throws what the work throws; ProviderFailure, OutOfMemoryError
 */
export async function withExecution<T>(
  model: ModelFolder,
  options: ExecutionRequest,
  work: (loaded: LoadedModel, execution: Execution) => Promise<T>,
): Promise<{ readonly result: T; readonly execution: Execution }> {
  const providers = Providers.ofThisMachine(enginePaths().proof);
  const chosen = await chooseExecution(options, model, providers);
  for (const notice of chosen.notices) process.stderr.write(`${inEnglish(notice)}\n`);
  const on = async (execution: Execution): Promise<{ result: T; execution: Execution }> => {
    try {
      return { result: await work(new LoadedModel(model, execution), execution), execution };
    } catch (error) {
      throw computingFailure(error, execution, 'while it computed');
    }
  };
  try {
    return await on(chosen.options);
  } catch (error) {
    const { provider, precision } = chosen.options;
    if (error instanceof OutOfMemoryError && provider === 'cpu') {
      const advice = await memoryAdvice(await memoryNeed(model, precision, 2), provider, providers);
      throw new Error(`${error.message} ${inEnglish(advice)}`, { cause: error });
    }
    const isProviders = error instanceof ProviderFailure || error instanceof OutOfMemoryError;
    if (!isProviders || options.onProviderFailure === 'error') throw error;
    process.stderr.write(`${error.message} The CPU goes on.\n`);
    return on(movedToCpu(error.message, chosen).options);
  }
}
