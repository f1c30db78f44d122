import { enginePaths } from '../engine-paths';
import { chooseExecution, executionOnCpu, type ExecutionRequest } from '../engine/execution-choice';
import { LoadedModel } from '../engine/loaded-model';
import { memoryAdvice, memoryNeed, OutOfMemoryError } from '../engine/out-of-memory';
import { computingFailure, ProviderFailure } from '../engine/provider-failure';
import { Providers } from '../engine/providers';
import type { ModelFolder } from '../model/model-folder';

/**
 * Opens the model where the options say and works with it; on the CPU, from the beginning, when the provider fails and that is
 * allowed. Says so on stderr.
 *
 * @returns what the work returned, and the provider that it was done on
 * @throws what the work throws; ProviderFailure, OutOfMemoryError
 */
export async function withExecution<T>(
  model: ModelFolder,
  options: ExecutionRequest,
  work: (loaded: LoadedModel) => Promise<T>,
): Promise<{ readonly result: T; readonly provider: string }> {
  const providers = Providers.ofThisMachine(enginePaths().proof);
  const chosen = await chooseExecution(options, model, providers);
  if (chosen.notice !== undefined) process.stderr.write(`${chosen.notice}\n`);
  const on = async (execution: typeof chosen.options): Promise<{ result: T; provider: string }> => {
    try {
      return { result: await work(new LoadedModel(model, execution)), provider: execution.provider };
    } catch (error) {
      throw computingFailure(error, execution, 'while it computed');
    }
  };
  try {
    return await on(chosen.options);
  } catch (error) {
    if (error instanceof OutOfMemoryError && chosen.options.provider === 'cpu') {
      const advice = await memoryAdvice(await memoryNeed(model, 2), 'cpu', providers);
      throw new Error(`${error.message} ${advice}`, { cause: error });
    }
    const isProviders = error instanceof ProviderFailure || error instanceof OutOfMemoryError;
    if (!isProviders || options.onProviderFailure === 'error') throw error;
    process.stderr.write(`${error.message} The CPU goes on.\n`);
    return on((await executionOnCpu(error.message, chosen.options, providers)).options);
  }
}
