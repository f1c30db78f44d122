import { listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import type { HubAnswer, HubConnection } from './hub-connection';
import { HubError } from './hub-error';
import type { RepositoryName } from './repository-name';

/** More than any model has; what comes after is a mistake, or a list without end. */
const MAX_FILES = 10_000;

/** What the bytes of a file have to be: the SHA-256 of large ones, git's SHA-1 of a blob ("blob SIZE\0" before it) of others. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Hexadecimal, lower case. */
  readonly digest: string;
}

export interface HubFile {
  /** In the repository, with `/`. Untrusted. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly checksum: Checksum;
}

/** A model repository as it is at one commit. */
export interface HubRepository {
  /** `owner/name`. */
  readonly id: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Address of its page. */
  readonly page: string;
  /** The licence its owner states, such as `mit`; undefined when there is none. */
  readonly licence: string | undefined;
  /** Whether its terms have to be accepted before anything can be downloaded. */
  readonly isGated: boolean;
  readonly files: readonly HubFile[];
}

/**
 * Asks the hub what a repository holds.
 * @throws HubError
 */
export async function openRepository(
  hub: HubConnection,
  name: RepositoryName,
  signal: AbortSignal,
): Promise<HubRepository> {
  const fetchJson: typeof fetch = async (address, init) => {
    const url = typeof address === 'string' ? address : address instanceof URL ? address.href : address.url;
    const accept = new Headers(init?.headers).get('accept') ?? 'application/json';
    return (await hub.get(url, name, { accept }, signal)).response;
  };
  const client = { hubUrl: hub.address, fetch: fetchJson };
  return withoutClientErrors(hub, name.id, signal, async () => {
    const info = await modelInfo({
      ...client,
      name: name.id,
      ...(name.revision !== undefined && { revision: name.revision }),
      additionalFields: ['sha', 'tags'],
    });
    const commit: unknown = info.sha;
    if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit)) throw malformed(hub, name.id);
    const files: HubFile[] = [];
    for await (const entry of listFiles({ ...client, repo: name.id, revision: commit, recursive: true })) {
      if (entry.type !== 'file') continue;
      if (files.length === MAX_FILES)
        throw new HubError('request', `${name.id} has more than ${MAX_FILES} files, so it is no model.`);
      const file = readEntry(entry);
      if (!file) throw malformed(hub, name.id);
      files.push(file);
    }
    return {
      id: name.id,
      commit,
      page: `${hub.address}/${name.id}`,
      licence: licenceOf(info.tags),
      isGated: (info.gated as unknown) !== false && (info.gated as unknown) !== undefined,
      files,
    };
  });
}

/**
 * Asks for the bytes of a file from `from` on.
 * @throws HubError when the hub refuses, or has another file under that name
 */
export async function openFile(
  hub: HubConnection,
  { id, commit }: HubRepository,
  { path, checksum }: HubFile,
  from: number,
  signal: AbortSignal,
): Promise<Response> {
  const address = `${hub.address}/${id}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
  // Not compressed: a range counts the bytes that are sent.
  const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) };
  const answer = await hub.get(address, { id, revision: commit }, headers, signal);
  const announced = announcedDigest(answer);
  if (announced === undefined || announced === checksum.digest) return answer.response;
  await answer.response.body?.cancel();
  throw new HubError(
    'transfer',
    `${path} of ${id} is not the file that was listed; start the download again.`,
  );
}

/** The hub's entity tag is the checksum; one of the host it redirects to is not. */
function announcedDigest({ hubHeaders }: HubAnswer): string | undefined {
  const tag = hubHeaders.get('x-linked-etag') ?? hubHeaders.get('etag') ?? '';
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(tag)?.[1];
}

/** Undefined when it is not what the hub says of a file. */
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

/** Of the tags, such as `license:mit`. */
function licenceOf(tags: unknown): string | undefined {
  if (!Array.isArray(tags)) return undefined;
  const tag = tags.find((item): item is string => typeof item === 'string' && item.startsWith('license:'));
  return tag?.slice('license:'.length);
}

/** What the client throws by itself is that an answer was not as it expects. */
async function withoutClientErrors<T>(
  hub: HubConnection,
  id: string,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof HubError || signal.aborted) throw cause;
    throw malformed(hub, id, cause);
  }
}

function malformed(hub: HubConnection, id: string, cause?: unknown): HubError {
  return new HubError('transfer', `What ${hub.host} says of ${id} cannot be read; is HF_ENDPOINT right?`, {
    cause,
  });
}
