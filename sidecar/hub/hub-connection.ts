import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error';
import { isToken, type HubLogin } from './hub-login';
import { DIRECT, type HubTransport } from './hub-transport';
import { LEAST_SPEED, readBody, TooSlowError, type LeastSpeed } from './least-speed';
import { formatWait, secondsToWait } from './rate-limit';
import { TimeLimitError, withTimeLimit } from './time-limit';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Longest wait. The hub counts requests over five minutes. */
const MAX_WAIT_SECONDS = 330;
/** Most waits for one request. */
const MAX_WAITS = 3;

/** An answer of the hub, or of the host that the hub redirects to. */
export interface HubAnswer {
  readonly response: Response;
  /** Headers of the hub's own answer, the redirect included. */
  readonly hubHeaders: Headers;
  /** The host that sends the body. */
  readonly host: string;
}

/** What a request is for, so that errors can name it. */
export interface HubSubject {
  /** `owner/name`. */
  readonly id: string;
  readonly revision: string | undefined;
}

/** A pause that a server asked for. */
export interface HubWait {
  readonly host: string;
  readonly seconds: number;
}

export interface HubConnectionOptions {
  readonly transport?: HubTransport;
  /** Called before a wait. */
  readonly onWait?: (wait: HubWait) => void;
  /** Longest time until the headers come. */
  readonly answerMs?: number;
  readonly leastSpeed?: LeastSpeed;
}

/** Makes requests to one hub. The token goes only to the hub's own origin, never to a host that the hub redirects to. */
export class HubConnection {
  readonly origin: string;
  private readonly base: string;
  private readonly transport: HubTransport;
  private readonly onWait: (wait: HubWait) => void;
  private readonly answerMs: number;
  private readonly leastSpeed: LeastSpeed;

  /**
   * @param address such as https://huggingface.co
   * @throws HubError when it is not an address, or the token has characters that are not allowed in a header
   */
  constructor(
    address: string,
    private readonly login: HubLogin,
    {
      transport = DIRECT,
      onWait = () => undefined,
      answerMs = 60_000,
      leastSpeed = LEAST_SPEED,
    }: HubConnectionOptions = {},
  ) {
    const url = hubAddress(address);
    if (login.token !== undefined && !isToken(login.token))
      throw new HubError(
        'access',
        `The token in ${login.source} is none: it has a space, a line break or other such characters.`,
      );
    this.base = address.replace(/\/+$/, '');
    this.origin = url.origin;
    this.transport = transport;
    this.onWait = onWait;
    this.answerMs = answerMs;
    this.leastSpeed = leastSpeed;
  }

  get host(): string {
    return new URL(this.origin).host;
  }

  /** The address without a slash at its end. */
  get address(): string {
    return this.base;
  }

  /**
   * Sends a request. If the server has too many requests, it sends the request again after the time that the server states.
   * @throws HubError unless the answer is a success
   */
  async get(
    address: string,
    subject: HubSubject,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    const url = new URL(address);
    if (url.origin !== this.origin)
      throw new HubError(
        'transfer',
        `${this.host} sent us to ${url.host} for the list of files; that is not followed.`,
      );
    for (let waits = 0; ; waits++) {
      const answer = await this.follow(url, subject, headers, signal);
      if (answer.response.ok) return answer;
      await answer.response.body?.cancel();
      const seconds = isBusy(answer.response)
        ? secondsToWait(answer.response.headers, Date.now())
        : undefined;
      if (seconds === undefined || seconds > MAX_WAIT_SECONDS || waits === MAX_WAITS)
        throw this.refusal(answer, subject, seconds);
      this.onWait({ host: answer.host, seconds });
      await sleep(seconds * 1000, undefined, { signal });
    }
  }

  /**
   * Reads the chunks of an answer's body.
   * @param signal ends the request
   * @throws HubError `transfer` when they come too slowly; what the connection throws
   */
  async *read({ response, host }: HubAnswer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* readBody(response.body, this.leastSpeed, signal);
    } catch (cause) {
      if (!(cause instanceof TooSlowError)) throw cause;
      throw new HubError('transfer', `${host} sends almost nothing (${cause.message}); try again later.`, {
        cause,
      });
    }
  }

  private async follow(
    from: URL,
    { id }: HubSubject,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    let url = from;
    let hubHeaders: Headers | undefined;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await this.fetch(url, headers, signal);
      hubHeaders ??= response.headers;
      const location = response.headers.get('location');
      if (!REDIRECTS.includes(response.status) || location === null)
        return { response, hubHeaders, host: url.host };
      await response.body?.cancel();
      url = this.redirected(location, url);
    }
    throw new HubError('transfer', `${this.host} redirected ${id} more than ${MAX_REDIRECTS} times.`);
  }

  private async fetch(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const { token } = this.login;
    const authorization =
      token !== undefined && url.origin === this.origin ? { Authorization: `Bearer ${token}` } : {};
    try {
      return await withTimeLimit(this.answerMs, signal, (within) =>
        this.transport.fetch(url.href, {
          headers: { ...headers, ...authorization },
          redirect: 'manual',
          signal: within,
        }),
      );
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new HubError('transfer', this.unreachable(url, cause), { cause });
    }
  }

  private unreachable(url: URL, cause: unknown): string {
    if (cause instanceof TimeLimitError)
      return `${url.host} did not answer within ${this.answerMs / 1000} seconds; try again later.`;
    return this.transport.proxyProblem(cause) ?? `${url.host} cannot be reached (${networkProblem(cause)}).`;
  }

  private redirected(location: string, from: URL): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && from.protocol === 'http:');
    const hasLogin = url !== undefined && url.username + url.password !== '';
    if (url && isAllowed && !hasLogin) return url;
    throw new HubError('transfer', `${from.host} redirected to an address that is not followed.`);
  }

  private refusal(
    { response, host: answering }: HubAnswer,
    { id, revision }: HubSubject,
    seconds: number | undefined,
  ): HubError {
    const { host } = this;
    const { status, headers } = response;
    if (status === 429) return new HubError('later', `${answering} ${tooManyRequests(seconds)}`);
    if (status === 503 && seconds !== undefined)
      return new HubError('later', `${answering} is busy (status 503); try again ${inTime(seconds)}.`);
    // Another host answered: the hub signed an address on it, and such an address expires.
    if (answering !== host) return new HubError('transfer', `${answering} answered with status ${status}.`);
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
    return new HubError('transfer', `${host} answered for ${id} with status ${status}; try again later.`);
  }

  private accessProblem(status: number, headers: Headers, id: string): string {
    const { token, source, problem } = this.login;
    const logIn = `log in with "hf auth login", or set HF_TOKEN to an access token of yours (made at ${this.base}/settings/tokens)`;
    const unused = problem === undefined ? '' : ` ${problem}`;
    if (headers.get('x-error-code') === 'GatedRepo')
      return token === undefined
        ? `${id} is gated: accept its terms at ${this.base}/${id}, then ${logIn}.${unused}`
        : `${id} is gated, and the token in ${source} may not read it: accept its terms at ${this.base}/${id}, then try again.`;
    if (token === undefined)
      return `There is no model ${id} on ${this.host}, or it is private: check the name, or ${logIn}.${unused}`;
    return status === 401
      ? `${this.host} does not accept the token in ${source} for ${id}: check the name, and ${logIn}.`
      : `The token in ${source} may not read ${id}: it needs the right to read it, and its terms may have to be accepted at ${this.base}/${id}.`;
  }
}

/** Checks the address of a hub. @throws HubError when it is not an address; the message does not repeat a possible password */
function hubAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && url.username + url.password !== '')
    throw new HubError(
      'request',
      `The address of a hub holds no user name and no password: take them out of HF_ENDPOINT, and put a token into HF_TOKEN.`,
    );
  if (url && /^https?:$/.test(url.protocol) && url.search + url.hash === '') return url;
  const shown = address.includes('@') ? 'HF_ENDPOINT' : `“${address}”`;
  throw new HubError('request', `${shown} is no address of a hub; set HF_ENDPOINT to one, or not at all.`);
}

/** Whether the server has too many requests, or accepts none at the moment. */
function isBusy({ status }: Response): boolean {
  return status === 429 || status === 503;
}

function tooManyRequests(seconds: number | undefined): string {
  return `had too many requests from here; try again ${seconds === undefined ? 'in some minutes' : inTime(seconds)}.`;
}

function inTime(seconds: number): string {
  return `in ${formatWait(seconds)}`;
}

/** What failed in the network. `fetch` says only "fetch failed"; its cause says why. */
function networkProblem(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return explainCode(cause.code);
  return cause instanceof Error ? cause.message : String(cause);
}

function explainCode(code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'is this computer online? Behind a proxy, set HTTPS_PROXY';
  // This happens in networks whose proxy opens encrypted connections.
  if (/CERT|UNABLE_TO_VERIFY/.test(code))
    return `its certificate is not trusted here, ${code}; where the network has a certificate of its own, name its file in NODE_EXTRA_CA_CERTS`;
  return code;
}
