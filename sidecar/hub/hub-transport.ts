import type { NamedProxy, ProxySettings } from './proxy-settings';

/** What makes requests, and what it knows of those that fail. */
export interface HubTransport {
  readonly fetch: typeof fetch;
  /** A sentence when it was a proxy that failed, else undefined. It holds no password. */
  readonly proxyProblem: (error: unknown) => string | undefined;
}

/** Requests without a proxy. */
export const DIRECT: HubTransport = {
  fetch: (input, init) => fetch(input, init),
  proxyProblem: () => undefined,
};

/** Requests that go through the proxies that are named, on every version of Node.js. */
export async function openTransport(proxies: ProxySettings): Promise<HubTransport> {
  const named = [proxies.http, proxies.https].filter((proxy) => proxy !== undefined);
  if (named.length === 0) return DIRECT;
  // Only here, for it takes time to load.
  const { EnvHttpProxyAgent, fetch: fetchThrough } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    // An empty text keeps the library from reading the environment itself.
    httpProxy: proxies.http?.address.href ?? '',
    httpsProxy: proxies.https?.address.href ?? '',
    noProxy: proxies.noProxy,
    // Plain http goes through without a tunnel: many proxies refuse a tunnel to a port that is not 443.
    proxyTunnel: false,
  });
  const throughProxy = async (address: string, init: object): Promise<unknown> => {
    const response = await fetchThrough(address, { ...init, dispatcher });
    if (response.status !== 407) return response;
    await response.body?.cancel();
    throw new Error('Proxy response (407)');
  };
  return {
    // The library declares the platform's types once more.
    fetch: throughProxy as unknown as typeof fetch,
    proxyProblem: (error) => proxyProblem(error, named),
  };
}

function proxyProblem(error: unknown, proxies: readonly NamedProxy[]): string | undefined {
  for (const cause of causesOf(error)) {
    const status = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(cause.message)?.[1];
    if (status !== undefined && proxies[0]) return refusedBy(proxies[0], Number(status));
    const proxy = proxies.find(({ address }) => isAbout(cause, address));
    if (proxy)
      return `The proxy ${proxy.address.host} (${proxy.variable}) cannot be reached (${codeOf(cause)}); check the variable, or unset it where no proxy is needed.`;
  }
  return undefined;
}

function refusedBy({ address: { protocol, host }, variable }: NamedProxy, status: number): string {
  return status === 407
    ? `The proxy ${host} (${variable}) does not let this user in (status 407): set ${variable} to ${protocol}//user:password@${host}.`
    : `The proxy ${host} (${variable}) does not let the request through (status ${status}).`;
}

/** The error and what caused it; of a host with several addresses, what happened at each. */
function causesOf(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...parts.flatMap(causesOf), ...causesOf(error.cause)];
}

/** Whether a connection failed that was to go to this address. */
function isAbout(error: Error, { hostname, port, protocol }: URL): boolean {
  const { port: failedPort, hostname: failedHost } = error as { port?: unknown; hostname?: unknown };
  const realPort = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return (
    failedHost === hostname ||
    failedPort === realPort ||
    (codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT' && error.message.includes(`:${realPort},`))
  );
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.message;
}
