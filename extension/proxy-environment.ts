/** VS Code's own settings for proxies, `http.*`. */
export interface ProxySettings {
  readonly proxy: string;
  /** `off` = extensions use no proxy. */
  readonly proxySupport: string;
  readonly noProxy: readonly string[];
}

/**
 * Turns the proxy of VS Code's settings into the variables that the `zipar` command reads. The settings win over the extension
 * host's own variables, as in VS Code itself. Without a setting, the host's variables count.
 */
export function proxyEnvironment({
  proxy,
  proxySupport,
  noProxy,
}: ProxySettings): Readonly<Record<string, string>> {
  if (proxy.trim() === '' || proxySupport === 'off') return {};
  const hosts = noProxy.join(',');
  return {
    ...inBothCases('HTTPS_PROXY', proxy),
    ...inBothCases('HTTP_PROXY', proxy),
    ...(hosts === '' ? {} : inBothCases('NO_PROXY', hosts)),
  };
}

/** Sets a variable in lower and upper case. The lower case has priority; Windows does not distinguish the two. */
function inBothCases(name: string, value: string): Readonly<Record<string, string>> {
  return { [name]: value, [name.toLowerCase()]: value };
}
