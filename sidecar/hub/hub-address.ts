const HOSTS = ['huggingface.co', 'www.huggingface.co', 'hf.co'];

/** An address on the hub. */
export interface HubAddress {
  /** The segments of its path, each decoded, without empty ones. */
  readonly segments: readonly string[];
  /** Whether it is the address of a page. `hf://` addresses and addresses for git are not. */
  readonly isPage: boolean;
}

/**
 * Reads an address on the hub: a page with or without `https://`, an `hf://` address, or an address for git by ssh.
 * @param hub address of the hub in use, whose pages count too
 * @returns undefined when the text is no such address
 */
export function addressOnHub(text: string, hub: string | undefined): HubAddress | undefined {
  const [, inside] =
    /^hf:\/\/([^?#]*)/i.exec(text) ??
    /^(?:ssh:\/\/)?git@(?:hf\.co|huggingface\.co)[:/]([^?#]*)/i.exec(text) ??
    [];
  const pathname = inside ?? pathOnHub(text, hub);
  const segments = pathname === undefined ? undefined : decodedSegments(pathname);
  return segments && { segments, isPage: inside === undefined };
}

function pathOnHub(text: string, hub: string | undefined): string | undefined {
  const full = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url) return undefined;
  const own = hub !== undefined && URL.canParse(hub) ? new URL(hub) : undefined;
  const prefix = url.host === own?.host ? own.pathname.replace(/\/+$/, '') : '';
  const isOnHub = url.host === own?.host || (HOSTS.includes(url.hostname) && url.port === '');
  if (!isOnHub || !url.pathname.startsWith(`${prefix}/`)) return undefined;
  return url.pathname.slice(prefix.length).replace(/^\/api\/models\//, '/models/');
}

/** The segments of a path, each decoded. `refs%2Fpr%2F3` stays one segment. */
function decodedSegments(pathname: string): readonly string[] | undefined {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The address without user name and password; the password may be a token. */
export function withoutLogin(address: string): string {
  return address.replace(/^([a-z+]+:\/\/)[^/\s]*@|^[^/\s]*:[^/\s]*@/i, '$1');
}
