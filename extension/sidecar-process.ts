import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { sentence, type Sentence, type SidecarEndpoint } from '../sidecar/protocol';
import { childEnvironment, type NodeRuntime } from './node-runtime';
import {
  SidecarDiedError,
  SidecarExitedAtStartError,
  SidecarSpawnError,
  SidecarStartTimeoutError,
} from './sidecar-errors';

const STDERR_LINES_KEPT = 20;
/** Time to wait for the rest of stderr after the exit event. A grandchild process might hold stderr open. */
const DRAIN_MS = 200;
const STOP_GRACE_MS = 1500;

export interface SidecarStart {
  readonly runtime: NodeRuntime;
  /** Absolute path of the sidecar's script. */
  readonly script: string;
  readonly timeoutMs: number;
  /** Arguments for Node.js itself; none in an installed extension. */
  readonly nodeArguments?: readonly string[];
  /** Environment variables in addition to those of the runtime. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line that the sidecar writes, without the token. */
  readonly onLine: (line: string) => void;
}

/** A running sidecar. It ends by itself when the IPC channel closes, so it does not outlive a killed extension host. */
export class SidecarProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly endpoint: SidecarEndpoint,
    /** Resolves when the process has ended for any reason; never rejects. */
    readonly ended: Promise<SidecarDiedError>,
    private readonly output: ProcessOutput,
  ) {}

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /**
   * Starts a sidecar. Resolves when the sidecar listens.
   * @throws SidecarSpawnError, SidecarStartTimeoutError, SidecarExitedAtStartError
   */
  static async start(options: SidecarStart): Promise<SidecarProcess> {
    const child = fork(options.script, [], {
      execPath: options.runtime.execPath,
      execArgv: [...(options.nodeArguments ?? [])],
      cwd: path.dirname(options.script),
      env: { ...childEnvironment(process.env), ...options.runtime.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const secret = { token: '' };
    const output = readOutput(child, secret, options.onLine);
    const { stderr } = output;
    const exit = waitForExit(child);
    const outcome = await Promise.race([
      waitForEndpoint(child),
      exit,
      spawnFailure(child),
      delay(options.timeoutMs, 'timeout' as const, { ref: false }),
    ]);
    if (outcome === 'timeout') {
      child.kill('SIGKILL');
      output.close();
      throw new SidecarStartTimeoutError(options.timeoutMs, stderr);
    }
    if (outcome instanceof Error) throw outcome;
    if ('text' in outcome) throw new SidecarExitedAtStartError(outcome, stderr);
    secret.token = outcome.token;
    return new SidecarProcess(
      child,
      outcome,
      exit.then((how) => new SidecarDiedError(how, stderr)),
      output,
    );
  }

  /** Closes the channel, which ends a healthy sidecar, and kills a sidecar that hangs. */
  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const hangs = await Promise.race([
      this.ended.then(() => false),
      delay(STOP_GRACE_MS, true, { ref: false }),
    ]);
    if (hangs) this.child.kill('SIGKILL');
  }

  /** Kills the sidecar at once, for `deactivate`, which cannot wait. `onLine` is not called any more. */
  kill(): void {
    this.output.close();
    this.child.kill('SIGKILL');
  }
}

/** What a process writes, read line by line. */
interface ProcessOutput {
  /** The last lines of stderr, the newest last. */
  readonly stderr: readonly string[];
  /** Passes on no more lines. The process may still write, and what it writes is dropped. */
  close(): void;
}

/** Passes on every line of stdout and stderr, without the token. */
function readOutput(
  child: ChildProcess,
  secret: { readonly token: string },
  onLine: SidecarStart['onLine'],
): ProcessOutput {
  let isClosed = false;
  const kept: string[] = [];
  const follow = (stream: Readable | null, name: 'stdout' | 'stderr'): void => {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (raw) => {
      if (isClosed) return;
      const line = secret.token === '' ? raw : raw.replaceAll(secret.token, '[token]');
      if (name === 'stderr') kept.push(line);
      if (kept.length > STDERR_LINES_KEPT) kept.shift();
      onLine(line);
    });
  };
  follow(child.stdout, 'stdout');
  follow(child.stderr, 'stderr');
  return {
    stderr: kept,
    close: () => {
      isClosed = true;
    },
  };
}

async function waitForEndpoint(child: ChildProcess): Promise<SidecarEndpoint> {
  return new Promise((resolve) => {
    const read = (message: unknown): void => {
      const endpoint = endpointFrom(message);
      if (!endpoint) return;
      child.off('message', read);
      resolve(endpoint);
    };
    child.on('message', read);
  });
}

/** Reads `{type: 'listening', port, token}`. The port is checked because the Content-Security-Policy contains it. */
export function endpointFrom(message: unknown): SidecarEndpoint | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('type' in message) || message.type !== 'listening') return undefined;
  if (!('port' in message) || !('token' in message)) return undefined;
  const { port, token } = message;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535) return undefined;
  if (typeof token !== 'string' || token === '') return undefined;
  return { url: `ws://127.0.0.1:${port}`, token };
}

async function waitForExit(child: ChildProcess): Promise<Sentence> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  const how = await new Promise<Sentence>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ? sentence`signal ${signal}` : sentence`exit code ${code ?? 0}`);
    });
  });
  await Promise.race([closed, delay(DRAIN_MS, undefined, { ref: false })]);
  return how;
}

async function spawnFailure(child: ChildProcess): Promise<SidecarSpawnError> {
  return new Promise((resolve) => {
    // This listener stays: a later error, such as a failed send, must not end the extension host.
    child.on('error', (error) => {
      resolve(new SidecarSpawnError(error.message));
    });
  });
}
