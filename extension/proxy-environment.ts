/** VS Code's own settings for proxies, `http.*`. */
export interface ProxySettings {
  readonly proxy: string;
  /** `off` = extensions go through none. */
  readonly proxySupport: string;
  readonly noProxy: readonly string[];
}

/**
 * The proxy that VS Code's settings name, as the variables that the `zipar` command reads. They come before the extension host's
 * own variables, as in VS Code itself; without the setting, those count.
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

/** The lower case counts first; on Windows the two are one. */
function inBothCases(name: string, value: string): Readonly<Record<string, string>> {
  return { [name]: value, [name.toLowerCase()]: value };
}
