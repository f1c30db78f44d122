import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SUBPROTOCOL, tokenSubprotocol } from '../protocol';

/** Why a connection is refused before the upgrade, as an HTTP status; undefined when it is allowed. */
export function refusal(request: IncomingMessage, token: string): 401 | 403 | undefined {
  if (!isOurOrigin(request.headers.origin)) return 403;
  const offered = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim());
  const hasToken = offered.some((protocol) => equalInConstantTime(protocol, tokenSubprotocol(token)));
  return hasToken && offered.includes(SUBPROTOCOL) ? undefined : 401;
}

/**
 * Whether an Origin belongs to this program. A program sends no Origin. A webview sends VS Code's own scheme. In a
 * browser-hosted VS Code on this machine, it sends a loopback address. No web page is let in, even if it knows the token.
 */
export function isOurOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  if (url.protocol === 'vscode-webview:') return true;
  return (url.protocol === 'http:' || url.protocol === 'https:') && LOOPBACK.has(url.hostname);
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
