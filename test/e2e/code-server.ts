import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressIn, installVsix, serveWindow } from '../../scripts/code-server-arguments.mjs';
import type { CodeServer } from '../../scripts/install-code-server.mjs';
import { runCommand } from '../../scripts/run-command.mjs';
import { kill } from './process-tree';
import { PATIENCE_MS, until } from './until';

/** The folders that one window writes to, all in one temporary folder. */
export class WindowFolders {
  readonly userData: string;
  readonly home: string;
  readonly temp: string;
  readonly runtime: string;

  constructor(readonly root: string) {
    this.userData = this.make('user-data');
    this.home = this.make('home');
    this.temp = this.make('tmp');
    this.runtime = this.make('run');
  }

  private make(name: string): string {
    const folder = join(this.root, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /**
   * The environment of the server, and so of the extension and its sidecar. It is the user's own, without variables that lead
   * to the user's files. It also lacks those of npm, and of the VS Code whose terminal runs the test.
   */
  environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const foreign =
      /^(VSCODE_|npm_|ELECTRON_|XDG_|VITEST|NODE_OPTIONS$|NODE_ENV$|PASSWORD$|HASHED_PASSWORD$)/i;
    const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    return {
      ...Object.fromEntries(own),
      HOME: this.home,
      TMPDIR: this.temp,
      XDG_RUNTIME_DIR: this.runtime,
      ...extra,
    };
  }
}

/**
 * Installs a packaged extension as a user would, with VS Code's own command line.
 *
 * @param root Folder for the other files that the command line tool writes.
 */
export async function installExtension(
  codeServer: CodeServer,
  vsix: string,
  extensionsFolder: string,
  root: string,
): Promise<void> {
  const folders = new WindowFolders(root);
  const where = { entry: codeServer.entry, userData: folders.userData, extensions: extensionsFolder };
  await runCommand(codeServer.node, installVsix(where, vsix), {
    env: folders.environment({}),
    timeoutMs: PATIENCE_MS,
  });
}

/** A VS Code server on its own port of the loopback interface. */
export class RunningCodeServer {
  private readonly process: ChildProcess;
  private written = '';

  private constructor(child: ChildProcess) {
    this.process = child;
    const collect = (chunk: Buffer) => (this.written += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => (this.written += `${error.message}\n`));
  }

  static start(
    codeServer: CodeServer,
    folders: WindowFolders,
    extensionsFolder: string,
    workspace: string,
    environment: Readonly<Record<string, string>>,
    language: string | undefined,
  ): RunningCodeServer {
    const where = { entry: codeServer.entry, userData: folders.userData, extensions: extensionsFolder };
    // The server gets its own process group, so one signal ends it together with its extension hosts.
    const child = spawn(codeServer.node, serveWindow(where, workspace, 0, language), {
      env: folders.environment(environment),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RunningCodeServer(child);
  }

  /** The server's output to stdout and stderr. */
  get output(): string {
    return this.written;
  }

  get hasEnded(): boolean {
    return (
      this.process.exitCode !== null || this.process.signalCode !== null || this.process.pid === undefined
    );
  }

  /** The address of the workbench, such as `http://127.0.0.1:41234/`, once the server listens. */
  async address(): Promise<string> {
    const address = await until(
      'the VS Code server to listen',
      () => {
        return Promise.resolve(addressIn(this.written) ?? (this.hasEnded ? 'ended' : undefined));
      },
      () => Promise.resolve(`its output:\n${this.written}`),
    );
    if (address === 'ended') throw new Error(`the VS Code server ended at start:\n${this.written}`);
    return address;
  }

  /** Asks the server to end, and kills it after five seconds. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    for (let waited = 0; waited < 5_000 && !this.hasEnded; waited += 50) await sleep(50);
    this.killNow();
  }

  killNow(): void {
    this.signal('SIGKILL');
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.process.pid !== undefined) kill(-this.process.pid, signal);
  }
}
