import { setTimeout as delay } from 'node:timers/promises';
import { EventEmitter, type Disposable } from 'vscode';
import type { DecoderDescription, Frame, SidecarEndpoint, SidecarMessage } from '../sidecar/protocol';
import type { Log } from './log';
import { nodeRuntimeHere } from './node-runtime';
import { RestartPolicy } from './restart-policy';
import { SidecarConnection, type Hello } from './sidecar-connection';
import { ConnectionLostError, NoNodeError, SidecarCrashLoopError } from './sidecar-errors';
import { SidecarProcess } from './sidecar-process';

const START_TIMEOUT_MS = 30_000;
const EXPLAIN_MS = 2000;

export type SidecarState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | {
      readonly kind: 'ready';
      readonly pid: number;
      readonly endpoint: SidecarEndpoint;
      readonly hello: Hello;
    }
  | { readonly kind: 'failed'; readonly error: Error };

interface Running {
  readonly process: SidecarProcess;
  readonly connection: SidecarConnection;
}

/** The window's only sidecar. The first use starts it; after a crash, the next use starts it again. */
export class SidecarClient implements Disposable {
  private readonly stateChanged = new EventEmitter<SidecarState>();
  private readonly messageReceived = new EventEmitter<SidecarMessage>();
  private readonly frameReceived = new EventEmitter<Frame>();
  readonly onDidChangeState = this.stateChanged.event;
  readonly onDidReceiveMessage = this.messageReceived.event;
  readonly onDidReceiveFrame = this.frameReceived.event;

  private readonly policy = new RestartPolicy();
  private currentState: SidecarState = { kind: 'stopped' };
  private running: Running | undefined;
  private starting: Promise<SidecarConnection> | undefined;
  /** The last process that ended without being asked to. */
  private lost: SidecarProcess | undefined;
  private disposed = false;

  constructor(
    private readonly script: string,
    private readonly nodePath: () => string,
    private readonly log: Log,
    private readonly nodeArguments: readonly string[],
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  get state(): SidecarState {
    return this.currentState;
  }

  /** Returns the open connection. Starts the sidecar if none is running. */
  async connection(): Promise<SidecarConnection> {
    if (this.running) return this.running.connection;
    this.starting ??= this.start().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  /** The sidecar's table of decoders. Starts the sidecar if none is running. */
  async decoders(): Promise<readonly DecoderDescription[]> {
    return (await this.connection()).hello.capabilities.decoders;
  }

  /**
   * Replaces an error by the reason for a crash. A lost connection is the first sign of a crash; this waits for the process to
   * end.
   */
  async explain(error: unknown): Promise<unknown> {
    if (!(error instanceof ConnectionLostError) || !this.lost) return error;
    const died = await Promise.race([this.lost.ended, delay(EXPLAIN_MS, undefined, { ref: false })]);
    return died ?? error;
  }

  async restart(): Promise<void> {
    this.policy.forgive();
    // A start in progress finishes first, so two sidecars never run at once.
    await this.starting?.catch(() => undefined);
    const running = this.running;
    this.running = undefined;
    this.setState({ kind: 'stopped' });
    running?.connection.close();
    await running?.process.stop();
    await this.connection();
  }

  dispose(): void {
    this.disposed = true;
    const running = this.running;
    this.running = undefined;
    running?.connection.close();
    running?.process.kill();
    this.stateChanged.dispose();
    this.messageReceived.dispose();
    this.frameReceived.dispose();
  }

  private async start(): Promise<SidecarConnection> {
    if (!this.policy.mayStart() && this.currentState.kind === 'failed')
      throw new SidecarCrashLoopError(this.currentState.error);
    this.setState({ kind: 'starting' });
    let sidecar: SidecarProcess | undefined;
    try {
      sidecar = await this.launch();
      const connection = await this.connect(sidecar);
      if (this.disposed) throw new Error('The window is closing.');
      return connection;
    } catch (thrown) {
      this.lost = sidecar;
      const error = await this.explain(thrown);
      sidecar?.kill();
      // A missing Node.js is no crash: the next use looks for Node.js again.
      if (!(error instanceof NoNodeError)) this.policy.recordCrash();
      this.fail(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  private async launch(): Promise<SidecarProcess> {
    const runtime = await nodeRuntimeHere(this.nodePath());
    this.log.info(`Sidecar runs on Node.js ${runtime.version} from ${runtime.source}: ${runtime.execPath}`);
    const started = performance.now();
    const sidecar = await SidecarProcess.start({
      runtime,
      script: this.script,
      timeoutMs: START_TIMEOUT_MS,
      nodeArguments: this.nodeArguments,
      environment: this.environment,
      onLine: (line) => {
        this.log.info(`[sidecar] ${line}`);
      },
    });
    const ms = Math.round(performance.now() - started);
    this.log.info(`Sidecar listens at ${sidecar.endpoint.url}, process ${sidecar.pid}, after ${ms} ms`);
    return sidecar;
  }

  private async connect(sidecar: SidecarProcess): Promise<SidecarConnection> {
    const connection = await SidecarConnection.open(sidecar.endpoint, {
      onMessage: (message) => {
        this.messageReceived.fire(message);
      },
      onFrame: (frame) => {
        this.frameReceived.fire(frame);
      },
      onClose: (reason) => {
        this.connectionClosed(sidecar, reason);
      },
    });
    const { build, capabilities } = connection.hello;
    this.log.info(
      `Sidecar ${build.version}, ONNX Runtime ${build.onnxruntime}, providers ${capabilities.providers.join(', ')}`,
    );
    this.running = { process: sidecar, connection };
    this.setState({
      kind: 'ready',
      pid: sidecar.pid,
      endpoint: sidecar.endpoint,
      hello: connection.hello,
    });
    return connection;
  }

  /**
   * Handles a closed connection. The socket is the first to notice a crash, but the process knows the reason. A sidecar that
   * lives on without a connection is useless.
   */
  private connectionClosed(sidecar: SidecarProcess, reason: string): void {
    if (this.running?.process !== sidecar) return;
    this.running = undefined;
    this.lost = sidecar;
    this.policy.recordCrash();
    this.log.error(`Connection to the sidecar lost: ${reason}`);
    void sidecar.stop();
    void sidecar.ended.then((died) => {
      for (const line of died.stderr) this.log.debug(`[sidecar, last words] ${line}`);
      if (this.currentState.kind === 'ready' && this.currentState.pid === sidecar.pid) this.fail(died);
    });
  }

  private fail(error: Error): void {
    if (this.disposed) return;
    this.log.error(error.message);
    this.setState({ kind: 'failed', error });
  }

  private setState(state: SidecarState): void {
    if (this.disposed) return;
    this.currentState = state;
    this.stateChanged.fire(state);
  }
}
