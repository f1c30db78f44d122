import WebSocket from 'ws';
import {
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  decodeFrame,
  inEnglish,
  parseSidecarMessage,
  sentence,
  tokenSubprotocol,
  type ClientMessage,
  type DrawTokensRequest,
  type FileFrame,
  type Frame,
  type PictureFrame,
  type Said,
  type SidecarEndpoint,
  type SidecarMessage,
} from '../sidecar/protocol';
import { RequestRefusedError } from './request-refused-error';
import { ConnectionLostError, ProtocolMismatchError, RequestTimeoutError } from './sidecar-errors';

const OPEN_TIMEOUT_MS = 10_000;
/** Size limit of a frame. A PNG of the largest picture that a frame may hold is much smaller. */
const MAX_FRAME_BYTES = 512 << 20;

export type Hello = Extract<SidecarMessage, { type: 'hello' }>;

/** The type of message that answers each request. Requests for files and pictures are answered with frames instead. */
interface AnswerTypes {
  ping: 'pong';
  'list-models': 'models';
  'read-prompt': 'prompt-words';
  generate: 'run-started';
  cancel: 'ok';
  pause: 'ok';
  'go-on': 'ok';
  watch: 'run-description';
  unwatch: 'ok';
  'count-steps': 'decoding-costs';
  'check-hardware': 'hardware';
  'inspect-recorded': 'cell-alternatives';
  'score-recorded': 'likelihoods';
}
type RequestOf<T extends keyof AnswerTypes> = Omit<Extract<ClientMessage, { type: T }>, 'id'> & { type: T };
type AnswerTo<T extends keyof AnswerTypes> = Extract<SidecarMessage, { type: AnswerTypes[T] }>;

const ANSWERS: AnswerTypes = {
  ping: 'pong',
  'list-models': 'models',
  'read-prompt': 'prompt-words',
  generate: 'run-started',
  cancel: 'ok',
  pause: 'ok',
  'go-on': 'ok',
  watch: 'run-description',
  unwatch: 'ok',
  'count-steps': 'decoding-costs',
  'check-hardware': 'hardware',
  'inspect-recorded': 'cell-alternatives',
  'score-recorded': 'likelihoods',
};

export interface ConnectionEvents {
  /**
   * Gets every message, answers included: `run-started` and `run-ended` also matter to others than the sender of the request.
   */
  readonly onMessage: (message: SidecarMessage) => void;
  readonly onFrame: (frame: Frame) => void;
  readonly onClose: (reason: string) => void;
}

type DistributedRequest = { readonly type: string } & Readonly<Record<string, unknown>>;

interface Pending {
  readonly expects: SidecarMessage['type'] | 'file-frame' | 'picture-frame';
  readonly settle: (answer: SidecarMessage | FileFrame | PictureFrame | Error) => void;
}

/** A socket to the sidecar, shared by everything in this window. */
export class SidecarConnection {
  private nextId = 1;
  private closed: Said | undefined;
  private readonly pending = new Map<number, Pending>();

  private constructor(
    private readonly socket: WebSocket,
    readonly hello: Hello,
    private readonly events: ConnectionEvents,
  ) {
    socket.on('message', (data, isBinary) => {
      this.receive(data as Buffer, isBinary);
    });
    socket.on('error', (error) => {
      this.end(error.message);
    });
    socket.on('close', (code, reason) => {
      const why = reason.toString('utf8');
      this.end(why === '' ? sentence`closed with code ${code}` : sentence`closed with code ${code} ${why}`);
    });
  }

  /** Opens a connection. @throws ConnectionLostError, ProtocolMismatchError */
  static async open(endpoint: SidecarEndpoint, events: ConnectionEvents): Promise<SidecarConnection> {
    const socket = openSocket(endpoint);
    const hello = await firstMessage(socket);
    if (hello.protocol !== PROTOCOL_VERSION) {
      socket.terminate();
      throw new ProtocolMismatchError(hello.protocol, PROTOCOL_VERSION);
    }
    return new SidecarConnection(socket, hello, events);
  }

  /** Sends a request and returns its answer. @throws RequestRefusedError, RequestTimeoutError, ConnectionLostError */
  async request<T extends keyof AnswerTypes>(
    request: RequestOf<T>,
    timeoutMs = 30_000,
  ): Promise<AnswerTo<T>> {
    // The pending entry lets only the expected type through, so the cast is always right.
    return (await this.ask(request, ANSWERS[request.type], timeoutMs)) as AnswerTo<T>;
  }

  /** Asks for a run's picture as a PNG file. @throws RequestRefusedError, RequestTimeoutError, ConnectionLostError */
  async exportPng(runId: number, timeoutMs = 120_000): Promise<FileFrame> {
    return (await this.ask({ type: 'export-png', runId }, 'file-frame', timeoutMs)) as FileFrame;
  }

  /** Asks for a run's trace as a `.zipar` file. @throws RequestRefusedError, RequestTimeoutError, ConnectionLostError */
  async exportTrace(runId: number, timeoutMs = 120_000): Promise<FileFrame> {
    return (await this.ask({ type: 'export-trace', runId }, 'file-frame', timeoutMs)) as FileFrame;
  }

  /** Asks for a picture of tokens. @throws RequestRefusedError, RequestTimeoutError, ConnectionLostError */
  async drawTokens(request: DrawTokensRequest, timeoutMs = 120_000): Promise<PictureFrame> {
    return (await this.ask({ type: 'draw-tokens', ...request }, 'picture-frame', timeoutMs)) as PictureFrame;
  }

  close(): void {
    this.end(sentence`closed by the extension`);
    this.socket.terminate();
  }

  private async ask(
    request: DistributedRequest,
    expects: Pending['expects'],
    timeoutMs: number,
  ): Promise<SidecarMessage | FileFrame | PictureFrame> {
    if (this.closed !== undefined) throw new ConnectionLostError(this.closed);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.settle(id, new RequestTimeoutError(request.type, timeoutMs));
      }, timeoutMs);
      const settle: Pending['settle'] = (answer) => {
        clearTimeout(timer);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      this.pending.set(id, { expects, settle });
      this.socket.send(JSON.stringify({ ...request, id }), (error) => {
        if (error) this.settle(id, new ConnectionLostError(error.message));
      });
    });
  }

  private settle(id: number, answer: SidecarMessage | FileFrame | PictureFrame | Error): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.settle(answer);
  }

  private receive(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) this.receiveFrame(decodeFrame(data));
      else this.receiveMessage(parseSidecarMessage(data.toString('utf8')));
    } catch (error) {
      // Later messages could not be trusted either.
      this.end(error instanceof Error ? error.message : String(error));
      this.socket.terminate();
    }
  }

  private receiveFrame(frame: Frame): void {
    if (frame.kind === 'snapshot') this.sayHolding(frame.snapshot, frame.edition);
    if (frame.kind === 'changes') this.sayHolding(frame.changes, frame.edition);
    if (frame.kind === 'file' && this.pending.get(frame.file.id)?.expects === 'file-frame')
      this.settle(frame.file.id, frame.file);
    if (frame.kind === 'picture' && this.pending.get(frame.picture.id)?.expects === 'picture-frame')
      this.settle(frame.picture.id, frame.picture);
    this.events.onFrame(frame);
  }

  /** This client keeps no state of runs, so every step is as good a base for changes as any. */
  private sayHolding(
    { runId, step }: { readonly runId: number; readonly step: number },
    edition: number,
  ): void {
    this.socket.send(JSON.stringify({ type: 'holding', id: this.nextId++, runId, step, edition }));
  }

  private receiveMessage(message: SidecarMessage): void {
    if (message.type === 'error') this.settle(message.id, new RequestRefusedError(message.error));
    // A run-started for another client carries that client's id, so the type must fit as well.
    else if ('id' in message && this.pending.get(message.id)?.expects === message.type)
      this.settle(message.id, message);
    this.events.onMessage(message);
  }

  private end(reason: Said): void {
    if (this.closed !== undefined) return;
    this.closed = reason;
    for (const id of [...this.pending.keys()]) this.settle(id, new ConnectionLostError(reason));
    this.events.onClose(inEnglish(reason));
  }
}

/**
 * Opens a socket. The token stands where a browser can put it too. Messages are not compressed, because they stay on the
 * machine.
 */
export function openSocket(endpoint: SidecarEndpoint): WebSocket {
  return new WebSocket(endpoint.url, [SUBPROTOCOL, tokenSubprotocol(endpoint.token)], {
    handshakeTimeout: OPEN_TIMEOUT_MS,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
}

/** Waits for the first message, which the sidecar sends. */
async function firstMessage(socket: WebSocket): Promise<Hello> {
  const abandon = new AbortController();
  try {
    return await new Promise<Hello>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new ConnectionLostError(sentence`no hello`));
      }, OPEN_TIMEOUT_MS);
      abandon.signal.addEventListener('abort', () => {
        clearTimeout(timer);
      });
      socket.once('error', (error) => {
        reject(new ConnectionLostError(error.message));
      });
      socket.once('close', (code) => {
        reject(new ConnectionLostError(sentence`closed with code ${code} before hello`));
      });
      socket.once('message', (data) => {
        try {
          const message = parseSidecarMessage((data as Buffer).toString('utf8'));
          if (message.type === 'hello') resolve(message);
          else reject(new ConnectionLostError(sentence`"${message.type}" came instead of hello`));
        } catch (error) {
          reject(new ConnectionLostError(error instanceof Error ? error.message : String(error)));
        }
      });
    });
  } catch (error) {
    socket.on('error', () => undefined); // terminate() of a half-open socket emits one more error
    socket.terminate();
    throw error;
  } finally {
    abandon.abort();
  }
}
