import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { WebSocket } from 'ws';
import {
  decodeFrame,
  parseSidecarMessage,
  SUBPROTOCOL,
  tokenSubprotocol,
  type Frame,
  type GenerateRequest,
  type RunDescription,
  type SidecarMessage,
} from '../../sidecar/protocol';

const SIDECAR = path.join(__dirname, '../../dist/sidecar.js');

/** The real sidecar process, started as the extension starts it. */
export class SidecarProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
    readonly token: string,
  ) {}

  static async start(env: Readonly<Record<string, string | undefined>> = {}): Promise<SidecarProcess> {
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    const child = fork(SIDECAR, [], { stdio: [...stdio], env: { ...process.env, ...env } });
    const [message] = (await once(child, 'message')) as [{ type: string; port: number; token: string }];
    return new SidecarProcess(child, message.port, message.token);
  }

  async connect(patienceMs?: number): Promise<Client> {
    const client = new Client(this.socket([SUBPROTOCOL, tokenSubprotocol(this.token)]), patienceMs);
    await client.next('hello');
    return client;
  }

  socket(protocols: string[], headers: Record<string, string> = {}): WebSocket {
    return new WebSocket(`ws://127.0.0.1:${this.port}`, protocols, { headers });
  }

  /** The HTTP status with which a connection is refused, or 'accepted'. */
  async knock(protocols: string[], headers: Record<string, string> = {}): Promise<number | 'accepted'> {
    const socket = this.socket(protocols, headers);
    return new Promise((resolve, reject) => {
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      socket.on('open', () => {
        resolve('accepted');
        socket.terminate();
      });
      socket.on('error', reject);
    });
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

type MessageOf<T extends SidecarMessage['type']> = Extract<SidecarMessage, { type: T }>;
type FrameOf<K extends Frame['kind']> = Extract<Frame, { kind: K }>;

/** A client that keeps all that it is sent, so that a test can look at the messages in any order. */
export class Client {
  readonly messages: SidecarMessage[] = [];
  readonly frames: Frame[] = [];
  private lastId = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    readonly socket: WebSocket,
    private readonly patienceMs = 20_000,
  ) {
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.frames.push(decodeFrame(data as Buffer));
      else this.messages.push(parseSidecarMessage((data as Buffer).toString()));
      for (const check of this.waiting) check();
    });
  }

  /** Sends a request and returns its id. */
  send(request: { readonly type: string } & Record<string, unknown>): number {
    this.lastId++;
    this.socket.send(JSON.stringify({ ...request, id: this.lastId }));
    return this.lastId;
  }

  /** The first message of this type, whether it has arrived or is still to come. */
  next<T extends SidecarMessage['type']>(
    type: T,
    fits: (message: MessageOf<T>) => boolean = () => true,
  ): Promise<MessageOf<T>> {
    return this.until(
      () =>
        this.messages.find(
          (message): message is MessageOf<T> => message.type === type && fits(message as MessageOf<T>),
        ),
      type,
    );
  }

  nextFrame<K extends Frame['kind']>(
    kind: K,
    fits: (frame: FrameOf<K>) => boolean = () => true,
  ): Promise<FrameOf<K>> {
    return this.until(
      () =>
        this.frames.find((frame): frame is FrameOf<K> => frame.kind === kind && fits(frame as FrameOf<K>)),
      kind,
    );
  }

  /** Starts a run and waits for its beginning. */
  async generate(request: Partial<GenerateRequest> = {}): Promise<RunDescription> {
    const id = this.send({
      type: 'generate',
      request: { condition: { kind: 'prompt', prompt: 'mountains at night' }, ...request },
    });
    return (await this.next('run-started', (message) => message.id === id)).run;
  }

  /** Round trip of a ping, in ms. */
  async ping(): Promise<number> {
    const start = performance.now();
    const id = this.send({ type: 'ping' });
    await this.next('pong', (message) => message.id === id);
    return performance.now() - start;
  }

  private until<T>(look: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        this.waiting.delete(check);
        clearTimeout(timeout);
        resolve(found);
      };
      const timeout = setTimeout(() => {
        this.waiting.delete(check);
        reject(new Error(`No ${what} came; so far: ${JSON.stringify(this.messages).slice(0, 2000)}`));
      }, this.patienceMs);
      this.waiting.add(check);
      check();
    });
  }
}
