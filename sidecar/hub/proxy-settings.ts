import { HubError } from './hub-error';

/** A proxy, and the variable that names it. */
export interface NamedProxy {
  readonly address: URL;
  /** Name of the variable, such as `HTTPS_PROXY`. */
  readonly variable: string;
}

/** The proxies that the environment names; undefined = no proxy. */
export interface ProxySettings {
  readonly http: NamedProxy | undefined;
  readonly https: NamedProxy | undefined;
  /** Hosts that need no proxy, separated by commas; `*` = all. */
  readonly noProxy: string;
}

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. Names in lower case come first. An address without
 * `http://` is a host and a port. If only `HTTP_PROXY` is set, it counts for https too: a network that needs a proxy needs
 * it there as well.
 * @param protocol protocol of the hub; an https hub never redirects to http
 * @throws HubError for a wrong address. The message does not repeat the address, because it may hold a password.
 */
export function readProxySettings(env: NodeJS.ProcessEnv, protocol: 'http:' | 'https:'): ProxySettings {
  const noProxy = valueOf(env, 'NO_PROXY')?.value ?? '';
  return {
    http: protocol === 'http:' ? firstProxy(env, ['HTTP_PROXY', 'ALL_PROXY']) : undefined,
    https: firstProxy(env, ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY']),
    noProxy: noProxy.split(/[\s,]+/).includes('*') ? '*' : noProxy,
  };
}

function firstProxy(env: NodeJS.ProcessEnv, names: readonly string[]): NamedProxy | undefined {
  for (const name of names) {
    const found = valueOf(env, name);
    if (found) return readProxy(found);
  }
  return undefined;
}

function readProxy({ variable, value }: Setting): NamedProxy {
  const address = parseProxy(value);
  const form = `http://host:port, or http://user:password@host:port`;
  if (!address) throw new HubError('request', `${variable} is no address of a proxy: set it to ${form}.`);
  if (!/^https?:$/.test(address.protocol))
    throw new HubError(
      'request',
      `${variable} names a ${address.protocol.slice(0, -1)} proxy, which this program cannot use: set HTTPS_PROXY to ${form}.`,
    );
  return { address, variable };
}

interface Setting {
  readonly variable: string;
  readonly value: string;
}

function valueOf(env: NodeJS.ProcessEnv, name: string): Setting | undefined {
  for (const variable of [name.toLowerCase(), name]) {
    const value = env[variable]?.trim();
    if (value !== undefined && value !== '') return { variable, value };
  }
  return undefined;
}

function parseProxy(text: string): URL | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (/\s/.test(full) || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  return url.hostname === '' || !hasReadableLogin(url) ? undefined : url;
}

/** Whether the login can be decoded. A "%" in a password has to be written as %25. */
function hasReadableLogin({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
