import { createServer, request as requestOver, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy on 127.0.0.1. It takes plain http by whole addresses, and everything else through a tunnel (RFC 9110, 9.3.6). */
export class ProxyServer {
  /** Requests that the proxy received: "GET http://…" or "CONNECT host:port". */
  readonly requests: string[] = [];
  /** The name and password that the proxy requires, `user:password`; undefined = none. */
  login: string | undefined;
  /** Hosts that the proxy finds elsewhere: a map from `host:port` to `host:port`. */
  hosts: ReadonlyMap<string, string> = new Map<string, string>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
    });
    server.on('request', (request, response) => {
      this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (!this.letsIn(request)) {
        response.writeHead(407).end();
        return;
      }
      const url = new URL(request.url ?? '');
      const target = new URL(`http://${this.place(`${url.hostname}:${url.port || '80'}`)}`);
      const { method, headers } = request;
      const onward = requestOver(
        { host: target.hostname, port: target.port, path: url.pathname + url.search, method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.writeHead(502).end());
      onward.end();
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      this.requests.push(`CONNECT ${request.url ?? ''}`);
      if (!this.letsIn(request)) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      const [host = '', port = ''] = this.place(request.url ?? '').split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
    });
  }

  static async start(): Promise<ProxyServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ProxyServer(server);
  }

  /** The proxy's address, `127.0.0.1:port`. */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private place(host: string): string {
    return this.hosts.get(host) ?? host;
  }

  private letsIn({ headers }: IncomingMessage): boolean {
    if (this.login === undefined) return true;
    return headers['proxy-authorization'] === `Basic ${Buffer.from(this.login).toString('base64')}`;
  }
}
