import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLS_IDENTITY } from './tls-identity';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
/** Size above which files lie on the other host, as Git LFS objects do. */
const LFS_BYTES = 1000;
const PAGE = 2;

/** A request that the hub received. Requests are kept in order. */
export interface Request {
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface HubContent {
  /** Name of the repository, `owner/name`. */
  readonly id: string;
  readonly files: Readonly<Record<string, Buffer>>;
  readonly tags?: readonly string[];
  /** The access token. Without it, nothing can be read. */
  readonly token?: string;
  /** Whether the list is public while the files need the token. */
  readonly isGated?: boolean;
}

/** A server on 127.0.0.1 that answers like the Hugging Face hub. A second server is the host of its large files. */
export class HubServer {
  readonly address: string;
  readonly cdnAddress: string;
  readonly requests: Request[] = [];
  /** Numbers of bytes after which the other host ends its next answers, one number for each answer. */
  breakAfter: number[] = [];
  /** Bytes that the other host sends instead of a file's bytes, by path. */
  readonly tampered = new Map<string, Buffer>();
  /** Whether the other host supports ranges. */
  hasRanges = true;
  /** Origin of the link to the second page of the file list; this server by default. */
  nextPageOrigin: string | undefined;
  /** Status with which the server answers every request. */
  status: number | undefined;
  /** Answers a request instead of the server; returns false to leave the request to the server. */
  intercept:
    ((host: Request['host'], request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Speed of the other host in bytes per second; undefined = unlimited. */
  bytesPerSecond: number | undefined;

  private constructor(
    private readonly content: HubContent,
    private readonly hub: Server,
    private readonly cdn: Server,
    isEncrypted: boolean,
  ) {
    this.address = isEncrypted ? 'https://hub.test' : addressOf(hub);
    this.cdnAddress = isEncrypted ? 'https://cdn.test' : addressOf(cdn);
    hub.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.record('hub', request);
      if (this.intercept?.('hub', request, response)) return;
      this.answer(new URL(request.url ?? '', this.address), request, response);
    });
    cdn.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.record('cdn', request);
      if (this.intercept?.('cdn', request, response)) return;
      this.sendObject(decodeURIComponent((request.url ?? '').slice(1)), request, response);
    });
  }

  static async start(content: HubContent): Promise<HubServer> {
    return new HubServer(content, await listening(createServer()), await listening(createServer()), false);
  }

  /** Starts with https, under the names hub.test and cdn.test, which only a proxy finds at {@link places}. */
  static async startEncrypted(content: HubContent): Promise<HubServer> {
    const [hub, cdn] = [createTlsServer(TLS_IDENTITY), createTlsServer(TLS_IDENTITY)];
    return new HubServer(content, await listening(hub), await listening(cdn), true);
  }

  /** The places of the encrypted hosts: a map from `host:port` to `host:port`. */
  get places(): ReadonlyMap<string, string> {
    const place = (server: Server): string => new URL(addressOf(server)).host;
    return new Map([
      ['hub.test:443', place(this.hub)],
      ['cdn.test:443', place(this.cdn)],
    ]);
  }

  /** Ranges that the other host was asked for; "" means from the beginning. */
  get ranges(): string[] {
    return this.requests.flatMap(({ host, range }) => (host === 'cdn' ? [range ?? ''] : []));
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private record(host: Request['host'], { url = '', headers }: IncomingMessage): void {
    this.requests.push({ host, path: url, range: headers.range, authorization: headers.authorization });
  }

  private answer(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const { id, token, isGated = false } = this.content;
    const isKnown = token !== undefined && request.headers.authorization === `Bearer ${token}`;
    const isDownload = url.pathname.startsWith(`/${id}/resolve/`);
    if (this.status !== undefined) {
      refuse(response, this.status, '');
      return;
    }
    if (isGated && isDownload && !isKnown) {
      refuse(response, request.headers.authorization ? 403 : 401, 'GatedRepo');
      return;
    }
    if (token !== undefined && !isGated && !isKnown) {
      refuse(response, 401, 'RepoNotFound');
      return;
    }
    if (url.pathname.startsWith(`/api/models/${id}/revision/`)) {
      this.sendInfo(url, response);
      return;
    }
    if (url.pathname === `/api/models/${id}/tree/${COMMIT}`) {
      this.sendTree(url, response);
      return;
    }
    if (isDownload) {
      this.sendFile(url, response);
      return;
    }
    refuse(response, 404, 'RepoNotFound');
  }

  private sendInfo(url: URL, response: ServerResponse): void {
    const { id, tags = [], isGated = false } = this.content;
    const revision = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (!['HEAD', 'main', COMMIT].includes(revision)) {
      refuse(response, 404, 'RevisionNotFound');
      return;
    }
    const gated = isGated ? 'auto' : false;
    sendJson(response, {
      _id: '1',
      id,
      sha: COMMIT,
      tags,
      gated,
      private: false,
      lastModified: '2026-11-03T00:00:00Z',
    });
  }

  /** Sends two entries for each page, and a folder that every tree contains. */
  private sendTree(url: URL, response: ServerResponse): void {
    const entries = [
      { type: 'directory', path: 'folder', size: 0, oid: COMMIT },
      ...Object.entries(this.content.files).map(([path, bytes]) => treeEntry(path, bytes)),
    ];
    const from = Number(url.searchParams.get('cursor') ?? 0);
    if (from + PAGE < entries.length) {
      const next = new URL(url.pathname, this.nextPageOrigin ?? this.address);
      next.search = `recursive=true&cursor=${from + PAGE}`;
      response.setHeader('Link', `<${next.href}>; rel="next"`);
    }
    sendJson(response, entries.slice(from, from + PAGE));
  }

  private sendFile(url: URL, response: ServerResponse): void {
    const path = decodeURIComponent(url.pathname.split(`/resolve/${COMMIT}/`)[1] ?? '');
    const bytes = this.content.files[path];
    if (!bytes) {
      refuse(response, 404, 'EntryNotFound');
      return;
    }
    if (bytes.length < LFS_BYTES) {
      response.setHeader('ETag', `"${gitSha1(bytes)}"`);
      response.end(this.tampered.get(path) ?? bytes);
      return;
    }
    response.writeHead(302, {
      Location: `${this.cdnAddress}/${encodeURIComponent(path)}`,
      'X-Linked-ETag': `"${sha256(bytes)}"`,
      'X-Linked-Size': bytes.length,
    });
    response.end();
  }

  private sendObject(path: string, request: IncomingMessage, response: ServerResponse): void {
    const bytes = this.tampered.get(path) ?? this.content.files[path];
    if (!bytes) {
      refuse(response, 404, '');
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const from = this.hasRanges ? start : 0;
    const part = bytes.subarray(from);
    response.writeHead(this.hasRanges && request.headers.range ? 206 : 200, {
      ETag: '"of-the-other-host"',
      'Content-Length': part.length,
      'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    });
    const end = this.breakAfter.shift();
    if (this.bytesPerSecond !== undefined) {
      this.sendSlowly(part, response, this.bytesPerSecond);
      return;
    }
    if (end === undefined) response.end(part);
    else response.write(part.subarray(0, end), () => setTimeout(() => response.destroy(), 20));
  }

  private sendSlowly(bytes: Buffer, response: ServerResponse, bytesPerSecond: number): void {
    let sent = 0;
    const piece = Math.ceil(bytesPerSecond / 50);
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, sent + piece));
      sent += piece;
      if (sent >= bytes.length) response.end();
    }, 20);
    response.on('close', () => {
      clearInterval(timer);
    });
  }
}

function treeEntry(path: string, bytes: Buffer): object {
  const entry = { type: 'file', path, size: bytes.length, oid: gitSha1(bytes) };
  if (bytes.length < LFS_BYTES) return entry;
  return { ...entry, lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gitSha1(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'X-Error-Code': code, 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ error: 'refused' }));
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
