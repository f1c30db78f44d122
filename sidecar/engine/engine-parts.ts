import type { EngineReport, EngineRequest } from './engine-messages';
import { FileTasks } from './file-tasks';
import type { InferenceConnector } from './inference-client';
import { PictureProcess } from './picture-process';
import type { Providers } from './providers';
import type { Drawer } from './run-pictures';
import type { RunSaves } from './run-saver';
import { WorkerLink } from './worker-link';

/** Where the engine finds its parts. */
export interface EnginePaths {
  /** Script of the inference thread. */
  readonly worker: string;
  /** Script of the thread that reads model folders. */
  readonly files: string;
  /** Script of the process that draws pictures. */
  readonly pictures: string;
  /** Script of the process that tries providers. */
  readonly proof: string;
  /** Folder of the models that ship. */
  readonly models: string;
  /** Where runs of minutes save themselves; absent means that they do not. */
  readonly saves?: RunSaves;
}

/** The threads and processes that do the engine's work. Each starts at its first use. */
export interface EngineParts {
  readonly inference: InferenceConnector;
  readonly files: Pick<FileTasks, 'run' | 'close'>;
  readonly pictures: Drawer;
}

export function threadsAndProcesses(paths: EnginePaths, providers: Providers): EngineParts {
  return {
    inference: (listener) => new WorkerLink<EngineRequest, EngineReport>(paths.worker, listener),
    files: new FileTasks(paths.files, paths.models, providers),
    pictures: new PictureProcess(paths.pictures, paths.worker),
  };
}
