import type { AddedModels, AddModelMessage, RepositoryListing } from '../sidecar/protocol';
import type { HubAccess } from './hub-access';
import type { NodeRuntime } from './node-runtime';
import { runZiparCommand, ZiparCommandError } from './zipar-command';

export type DownloadMessage = Exclude<AddModelMessage, { type: 'token-needed' }>;

/**
 * `zipar add` in a process of its own: what is downloaded does not hold up this one, and a window that closes ends it
 * with nothing lost. Where a token is needed it is asked for.
 */
export class ModelDownload {
  constructor(
    private readonly runtime: NodeRuntime,
    /** Absolute path of the `zipar` command's script. */
    private readonly script: string,
    private readonly access: Pick<HubAccess, 'environment' | 'ask'>,
  ) {}

  /**
   * What a repository holds; undefined when it was aborted.
   * @param source `owner/name`, perhaps with `@revision`, or the address of its page
   * @throws ZiparCommandError
   */
  async list(source: string, signal: AbortSignal): Promise<RepositoryListing | undefined> {
    const line = await this.add([source, '--list'], signal);
    return line === undefined ? undefined : answer<RepositoryListing>(line);
  }

  /**
   * Downloads files and says what they are; undefined when it was aborted.
   * @throws ZiparCommandError
   */
  async download(
    { repository, commit, folder }: RepositoryListing,
    paths: readonly string[],
    signal: AbortSignal,
    onProgress: (message: DownloadMessage) => void,
  ): Promise<AddedModels | undefined> {
    const only = paths.flatMap((path) => ['--only', path]);
    const line = await this.add(
      [repository, '--revision', commit, '--to', folder, ...only],
      signal,
      onProgress,
    );
    return line === undefined ? undefined : answer<AddedModels>(line);
  }

  /** What a folder of this machine, or a weight file, is. @throws ZiparCommandError */
  async look(folder: string, signal: AbortSignal): Promise<AddedModels | undefined> {
    const line = await this.add([folder], signal);
    return line === undefined ? undefined : answer<AddedModels>(line);
  }

  /** The last line of the output, which is our own program's and of the same version. */
  private async add(
    args: readonly string[],
    signal: AbortSignal,
    onProgress?: (message: DownloadMessage) => void,
  ): Promise<string | undefined> {
    for (;;) {
      let isTokenNeeded = false;
      try {
        return await runZiparCommand({
          runtime: this.runtime,
          script: this.script,
          arguments: ['add', ...args, '--json'],
          environment: await this.access.environment(),
          signal,
          onMessage: (message) => {
            const told = message as AddModelMessage;
            if (told.type === 'token-needed') isTokenNeeded = true;
            else onProgress?.(told);
          },
        });
      } catch (error) {
        // Changed by a message meanwhile, which the compiler cannot see.
        const wasTokenNeeded = isTokenNeeded as boolean;
        if (!(error instanceof ZiparCommandError) || !wasTokenNeeded) throw error;
        if (!(await this.access.ask(error.message))) return undefined;
      }
    }
  }
}

/** Reads what `zipar add --json` ends with. @throws ZiparCommandError */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- our own program of the same version wrote it
function answer<T>(line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch {
    throw new ZiparCommandError('zipar add ended without an answer that can be read.', false);
  }
}
