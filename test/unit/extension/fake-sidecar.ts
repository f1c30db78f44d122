import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { describeDecoders } from '../../../sidecar/decoding/decoder-table';
import {
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  tokenSubprotocol,
  type ClientMessage,
  type SidecarEndpoint,
  type SidecarMessage,
} from '../../../sidecar/protocol';

const TOKEN = 'abc';

/** A sidecar whose answers each test writes. */
class FakeSidecar {
  readonly received: ClientMessage[] = [];
  /** Handles each request. */
  answer: (message: ClientMessage, socket: WebSocket) => void = () => undefined;
  hello: SidecarMessage | undefined = {
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    build: { version: '0', onnxruntime: '0', node: '0' },
    capabilities: { providers: ['cpu'], decoders: describeDecoders(), repositories: [] },
  };

  constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket) => {
      if (this.hello) socket.send(JSON.stringify(this.hello));
      socket.on('message', (data) => {
        const message = JSON.parse((data as Buffer).toString()) as ClientMessage;
        this.received.push(message);
        this.answer(message, socket);
      });
    });
  }

  get endpoint(): SidecarEndpoint {
    return { url: `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`, token: TOKEN };
  }

  get sockets(): WebSocket[] {
    return [...this.server.clients];
  }
}

/** Makes a fake sidecar for each test. Call it at the top of a describe block. */
export function fakeSidecar(): () => FakeSidecar {
  let server: WebSocketServer;
  let sidecar: FakeSidecar;
  beforeEach(async () => {
    server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: (offered) => (offered.has(tokenSubprotocol(TOKEN)) ? SUBPROTOCOL : false),
      verifyClient: ({ req }: { req: { headers: Record<string, string | string[] | undefined> } }) =>
        String(req.headers['sec-websocket-protocol']).includes(tokenSubprotocol(TOKEN)),
    });
    await new Promise((resolve) => server.once('listening', resolve));
    sidecar = new FakeSidecar(server);
  });
  afterEach(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return () => sidecar;
}
