import {
  sentence,
  type AddModelMessage,
  type AddedModels,
  type RepositoryListing,
} from '../sidecar/protocol';
import type { HubAccess } from './hub-access';
import type { NodeRuntime } from './node-runtime';
import { runZiparCommand, ZiparCommandError } from './zipar-command';

export type DownloadMessage = Exclude<AddModelMessage, { type: 'token-needed' }>;

/**
 * Runs `zipar add` in a separate process, so a download does not block the extension host. A window that closes ends the
 * process, and no data is lost. If an access token is needed, the user is asked for it.
 */
export class ModelDownload {
  constructor(
    private readonly runtime: NodeRuntime,
    /** Absolute path of the `zipar` command's script. */
    private readonly script: string,
    private readonly access: Pick<HubAccess, 'environment' | 'ask'>,
  ) {}

  /**
   * Lists the files of a repository; undefined when it was aborted.
   * @param source `owner/name`, with or without `@revision`, or the address of its page
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

  /** Says what a folder on this machine, or a weight file, holds. @throws ZiparCommandError */
  async look(folder: string, signal: AbortSignal): Promise<AddedModels | undefined> {
    const line = await this.add([folder], signal);
    return line === undefined ? undefined : answer<AddedModels>(line);
  }

  /** Returns the last line of the output. The program is our own and of the same version. */
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
        // A message may have changed the value, which the compiler cannot see.
        const wasTokenNeeded = isTokenNeeded as boolean;
        if (!(error instanceof ZiparCommandError) || !wasTokenNeeded) throw error;
        if (!(await this.access.ask(error.message))) return undefined;
      }
    }
  }
}

/** Reads the last line of `zipar add --json`. @throws ZiparCommandError */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- our own program of the same version wrote it
function answer<T>(line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch {
    throw new ZiparCommandError(sentence`zipar add ended without an answer that can be read.`, false);
  }
}
