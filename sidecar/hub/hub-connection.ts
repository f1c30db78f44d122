import { HubError } from './hub-error';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** An answer of the hub, or of the host it sent us to. */
export interface HubAnswer {
  readonly response: Response;
  /** Headers of the hub's own answer, the redirect included. */
  readonly hubHeaders: Headers;
}

/** What a request is for, to name in errors. */
export interface HubSubject {
  /** `owner/name`. */
  readonly id: string;
  readonly revision: string | undefined;
}

/** Requests to one hub. The token goes to the hub's own origin, and to none that it redirects to. */
export class HubConnection {
  readonly origin: string;
  private readonly base: string;

  /**
   * @param address such as https://huggingface.co
   * @param token undefined = none
   * @throws HubError when the address is none, or the token has characters that no header may have
   */
  constructor(
    address: string,
    private readonly token: string | undefined,
  ) {
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
      throw new HubError(
        'request',
        `“${address}” is no address of a hub; set HF_ENDPOINT to one, or not at all.`,
      );
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
      throw new HubError(
        'access',
        'The token in HF_TOKEN is none: it has a space, a line break or other such characters.',
      );
    this.base = address.replace(/\/+$/, '');
    this.origin = new URL(address).origin;
  }

  get host(): string {
    return new URL(this.origin).host;
  }

  /** Without a slash at its end. */
  get address(): string {
    return this.base;
  }

  /** @throws HubError unless the answer is a success */
  async get(
    address: string,
    subject: HubSubject,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    let url = new URL(address);
    if (url.origin !== this.origin)
      throw new HubError(
        'transfer',
        `${this.host} sent us to ${url.host} for the list of files; that is not followed.`,
      );
    let hubHeaders: Headers | undefined;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await this.fetch(url, headers, signal);
      hubHeaders ??= response.headers;
      const location = response.headers.get('location');
      if (!REDIRECTS.includes(response.status) || location === null) {
        if (response.ok) return { response, hubHeaders };
        await response.body?.cancel();
        throw this.refusal(response, url, subject);
      }
      await response.body?.cancel();
      url = this.redirected(location, url);
    }
    throw new HubError('transfer', `${this.host} redirected ${subject.id} more than ${MAX_REDIRECTS} times.`);
  }

  private async fetch(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const authorization =
      this.token && url.origin === this.origin ? { Authorization: `Bearer ${this.token}` } : {};
    try {
      return await fetch(url, { headers: { ...headers, ...authorization }, redirect: 'manual', signal });
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new HubError('transfer', `${url.host} cannot be reached (${networkProblem(cause)}).`, { cause });
    }
  }

  private redirected(location: string, from: URL): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && from.protocol === 'http:');
    if (url && isAllowed) return url;
    throw new HubError('transfer', `${from.host} redirected to an address that is not followed.`);
  }

  private refusal({ status, headers }: Response, url: URL, { id, revision }: HubSubject): HubError {
    const { host } = this;
    // Not the hub: an address that it signed, which runs out.
    if (url.origin !== this.origin)
      return new HubError('transfer', `${url.host} answered with status ${status}.`);
    if (headers.get('x-error-code') === 'GatedRepo' || status === 401 || status === 403)
      return new HubError('access', this.accessProblem(status, headers, id));
    if (status === 404) {
      const isRevision = headers.get('x-error-code') === 'RevisionNotFound';
      return new HubError(
        'request',
        isRevision && revision !== undefined
          ? `${id} has no branch, tag or commit “${revision}”.`
          : `There is no model ${id} on ${host}; check the name.`,
      );
    }
    if (status === 429) {
      const seconds = Number(headers.get('retry-after') ?? '');
      const when = seconds > 0 ? `in ${seconds} seconds` : 'in some minutes';
      return new HubError('transfer', `${host} had too many requests from here; try again ${when}.`);
    }
    return new HubError('transfer', `${host} answered for ${id} with status ${status}; try again later.`);
  }

  private accessProblem(status: number, headers: Headers, id: string): string {
    const token = `an access token of yours (made at ${this.base}/settings/tokens)`;
    if (headers.get('x-error-code') === 'GatedRepo')
      return this.token
        ? `${id} is gated, and the token in HF_TOKEN may not read it: accept its terms at ${this.base}/${id}, then try again.`
        : `${id} is gated: accept its terms at ${this.base}/${id}, then set HF_TOKEN to ${token}.`;
    if (!this.token)
      return `There is no model ${id} on ${this.host}, or it is private: check the name, or set HF_TOKEN to ${token}.`;
    return status === 401
      ? `${this.host} does not accept the token in HF_TOKEN for ${id}: set it to ${token}, and check the name.`
      : `The token in HF_TOKEN may not read ${id}: it needs the right to read it, and its terms may have to be accepted at ${this.base}/${id}.`;
  }
}

/** `fetch` says "fetch failed", and only its cause why. */
function networkProblem(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN' ? 'is this computer online?' : cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
