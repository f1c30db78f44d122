import type { EngineReport, EngineRequest } from './engine-messages';
import { FileTasks } from './file-tasks';
import type { InferenceConnector } from './inference-client';
import { PictureProcess } from './picture-process';
import type { Providers } from './providers';
import type { Drawer } from './run-pictures';
import type { RunSaves } from './run-saver';
import { WorkerLink } from './worker-link';

/** The paths of the engine's scripts and models. */
export interface EnginePaths {
  /** The script of the inference thread. */
  readonly worker: string;
  /** The script of the file thread. */
  readonly files: string;
  /** The script of the process that draws pictures. */
  readonly pictures: string;
  /** The script of the process that checks a provider. */
  readonly proof: string;
  /** The folder of the models that ship. */
  readonly models: string;
  /** Where runs of minutes save themselves; absent means that they do not. */
  readonly saves?: RunSaves;
}

/** The threads and processes that work for the engine. Each of them starts at its first use. */
export interface EngineParts {
  readonly inference: InferenceConnector;
  readonly files: Pick<FileTasks, 'run' | 'close'>;
  readonly pictures: Drawer;
}

/** Makes the parts of the engine. */
export function threadsAndProcesses(paths: EnginePaths, providers: Providers): EngineParts {
  return {
    inference: (listener) => new WorkerLink<EngineRequest, EngineReport>(paths.worker, listener),
    files: new FileTasks(paths.files, paths.models, providers),
    pictures: new PictureProcess(paths.pictures, paths.worker),
  };
}
