import type { NamedProxy, ProxySettings } from './proxy-settings';

/** Makes requests, and explains failed ones. */
export interface HubTransport {
  readonly fetch: typeof fetch;
  /** A sentence when a proxy failed, else undefined. It holds no password. */
  readonly proxyProblem: (error: unknown) => string | undefined;
}

/** Makes requests without a proxy. */
export const DIRECT: HubTransport = {
  fetch: (input, init) => fetch(input, init),
  proxyProblem: () => undefined,
};

/** A transport through the named proxies, on every version of Node.js. */
export async function openTransport(proxies: ProxySettings): Promise<HubTransport> {
  const named = [proxies.http, proxies.https].filter((proxy) => proxy !== undefined);
  if (named.length === 0) return DIRECT;
  // Imported only here, because loading the library takes time.
  const { EnvHttpProxyAgent, fetch: fetchThrough } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    // An empty text stops the library from reading the environment itself.
    httpProxy: proxies.http?.address.href ?? '',
    httpsProxy: proxies.https?.address.href ?? '',
    noProxy: proxies.noProxy,
    // Plain http goes through the proxy without a tunnel. Many proxies refuse a tunnel to a port other than 443.
    proxyTunnel: false,
  });
  const throughProxy = async (address: string, init: object): Promise<unknown> => {
    const response = await fetchThrough(address, { ...init, dispatcher });
    if (response.status !== 407) return response;
    await response.body?.cancel();
    throw new Error('Proxy response (407)');
  };
  return {
    // The library declares the platform's types a second time.
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

/** The error and its causes. For a host with several addresses, these include what happened at each address. */
function causesOf(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...parts.flatMap(causesOf), ...causesOf(error.cause)];
}

/** Whether the failed connection was a connection to this address. */
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
