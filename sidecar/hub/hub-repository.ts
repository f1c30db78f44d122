import { listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import { printable } from './foreign-text';
import { formatBytes } from './format-bytes';
import type { HubAnswer, HubConnection, HubSubject } from './hub-connection';
import { HubError } from './hub-error';
import type { RepositoryName } from './repository-name';
import { TimeLimitError, withTimeLimit } from './time-limit';

/** Limits for the list of a model's files. A longer list is a mistake, or has no end. */
export interface ListLimits {
  /** Most files and folders. */
  readonly entries: number;
  /** Most parts that the list comes in. */
  readonly pages: number;
  /** Most bytes of all parts together. */
  readonly bytes: number;
  /** Milliseconds from the first request to the last answer. */
  readonly time: number;
}

const LIST_LIMITS: ListLimits = { entries: 20_000, pages: 1000, bytes: 32_000_000, time: 600_000 };

/** The checksum of a file's bytes: SHA-256 for large files, git's SHA-1 of a blob ("blob SIZE\0" before it) for others. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Hexadecimal, lower case. */
  readonly digest: string;
}

export interface HubFile {
  /** Path in the repository, with `/`. Untrusted. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  readonly checksum: Checksum;
}

/** The state of a model repository at one commit. */
export interface HubRepository {
  /** `owner/name`. */
  readonly id: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Address of its page. */
  readonly page: string;
  /** The licence that the owner states, such as `mit`; undefined when the owner states none. */
  readonly licence: string | undefined;
  /** Whether the user must accept its terms before a download. */
  readonly isGated: boolean;
  readonly files: readonly HubFile[];
}

/**
 * Asks the hub for the content of a repository.
 * @throws HubError
 */
export async function openRepository(
  hub: HubConnection,
  name: Pick<RepositoryName, 'id' | 'revision'>,
  signal: AbortSignal,
  limits = LIST_LIMITS,
): Promise<HubRepository> {
  try {
    return await withTimeLimit(limits.time, signal, (within) => listRepository(hub, name, within, limits));
  } catch (cause) {
    if (signal.aborted || cause instanceof HubError) throw cause;
    if (cause instanceof TimeLimitError)
      throw new HubError(
        'transfer',
        `${hub.host} did not list ${name.id} within ${limits.time / 1000} seconds.`,
        {
          cause,
        },
      );
    // The client itself throws when an answer does not have the expected form.
    throw malformed(hub, name.id, cause);
  }
}

async function listRepository(
  hub: HubConnection,
  name: HubSubject,
  signal: AbortSignal,
  limits: ListLimits,
): Promise<HubRepository> {
  const { id, revision } = name;
  const client = { hubUrl: hub.address, fetch: limitedFetch(hub, name, signal, limits) };
  const info = await modelInfo({
    ...client,
    name: id,
    ...(revision !== undefined && { revision }),
    additionalFields: ['sha', 'tags'],
  });
  const commit: unknown = info.sha;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit)) throw malformed(hub, id);
  const files: HubFile[] = [];
  let entries = 0;
  for await (const entry of listFiles({ ...client, repo: id, revision: commit, recursive: true })) {
    if (++entries > limits.entries)
      throw new HubError(
        'request',
        `${id} has more than ${limits.entries} files and folders, so it is no model.`,
      );
    if (typeof (entry as unknown) !== 'object') throw malformed(hub, id);
    if (entry.type !== 'file') continue;
    const file = readEntry(entry);
    if (!file) throw malformed(hub, id);
    files.push(file);
  }
  return {
    id,
    commit,
    page: `${hub.address}/${id}`,
    licence: licenceOf(info.tags),
    isGated: (info.gated as unknown) !== false && (info.gated as unknown) !== undefined,
    files,
  };
}

/** The `fetch` that the hub's client uses. It reads each answer whole, within the limits. */
function limitedFetch(
  hub: HubConnection,
  name: HubSubject,
  signal: AbortSignal,
  limits: ListLimits,
): typeof fetch {
  const asked = new Set<string>();
  let bytesLeft = limits.bytes;
  return async (address, init) => {
    const url = typeof address === 'string' ? address : address instanceof URL ? address.href : address.url;
    if (asked.has(url) || asked.size > limits.pages)
      throw new HubError('request', `The list of files of ${name.id} does not end, so it is no model.`);
    asked.add(url);
    const accept = new Headers(init?.headers).get('accept') ?? 'application/json';
    const answer = await hub.get(url, name, { accept }, signal);
    const { headers } = answer.response;
    if (isWebPage(headers)) {
      await answer.response.body?.cancel();
      throw new HubError(
        'transfer',
        `${answer.host} answered with a web page where a list of files should be: sign in to this network in a browser, or check HF_ENDPOINT.`,
      );
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of hub.read(answer, signal)) {
      bytesLeft -= chunk.byteLength;
      if (bytesLeft < 0)
        throw new HubError(
          'request',
          `The list of files of ${name.id} is longer than ${formatBytes(limits.bytes)}, so it is no model.`,
        );
      chunks.push(chunk);
    }
    const link = headers.get('link');
    return new Response(Buffer.concat(chunks), { headers: link === null ? {} : { link } });
  };
}

/** Whether an answer states that it is HTML. */
export function isWebPage(headers: Headers): boolean {
  return /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? '');
}

/**
 * Requests the bytes of a file from `from` on.
 * @throws HubError when the hub refuses, or has another file under that name
 */
export async function openFile(
  hub: HubConnection,
  { id, commit }: HubRepository,
  { path, checksum }: HubFile,
  from: number,
  signal: AbortSignal,
): Promise<HubAnswer> {
  const address = `${hub.address}/${id}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
  // Asks for uncompressed bytes: a range counts the bytes that are sent.
  const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) };
  const answer = await hub.get(address, { id, revision: commit }, headers, signal);
  const announced = announcedDigest(answer);
  if (announced === undefined || announced === checksum.digest) return answer;
  await answer.response.body?.cancel();
  throw new HubError(
    'transfer',
    `${path} of ${id} is not the file that was listed; start the download again.`,
  );
}

/** The checksum that the hub announces. Only the hub's own entity tag is the checksum, not that of the host it redirects to. */
function announcedDigest({ hubHeaders }: HubAnswer): string | undefined {
  const tag = hubHeaders.get('x-linked-etag') ?? hubHeaders.get('etag') ?? '';
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(tag)?.[1];
}

/** Reads an entry of the list. Undefined when the entry does not describe a file in the hub's form. */
function readEntry({ path, size, oid, lfs }: ListFileEntry): HubFile | undefined {
  const bytes = lfs ? lfs.size : size;
  const [algorithm, digest, digits] = lfs
    ? (['sha256', lfs.oid, 64] as const)
    : (['git-sha1', oid, 40] as const);
  const isRight =
    typeof path === 'string' &&
    Number.isSafeInteger(bytes) &&
    bytes >= 0 &&
    typeof digest === 'string' &&
    digest.length === digits &&
    /^[0-9a-f]+$/.test(digest);
  return isRight ? { path, size: bytes, checksum: { algorithm, digest } } : undefined;
}

/** The licence from the tags, such as `license:mit`. */
function licenceOf(tags: unknown): string | undefined {
  if (!Array.isArray(tags)) return undefined;
  const tag = tags.find((item): item is string => typeof item === 'string' && item.startsWith('license:'));
  return tag === undefined ? undefined : printable(tag.slice('license:'.length));
}

function malformed(hub: HubConnection, id: string, cause?: unknown): HubError {
  return new HubError('transfer', `What ${hub.host} says of ${id} cannot be read; is HF_ENDPOINT right?`, {
    cause,
  });
}
