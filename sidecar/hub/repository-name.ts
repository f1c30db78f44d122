import { FAMILIES } from '../model/families';
import { printable } from './foreign-text';
import { addressOnHub, withoutLogin, type HubAddress } from './hub-address';
import { HubError } from './hub-error';

/** A model repository, or a part of it, as the user names it. */
export interface RepositoryName {
  /** `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit; undefined = the main branch. */
  readonly revision: string | undefined;
  /** A file or a folder of the repository, with `/`; undefined = the whole repository. */
  readonly path: string | undefined;
}

/**
 * The form of an owner's or a repository's name. The hub allows neither `--` nor `..`, so `owner--name` means exactly one
 * repository.
 */
const PART = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;
const REVISION = /^(?!.*\.\.)\w[\w./-]{0,199}$/;
/** Pages whose address has a revision, and optionally a path in it. */
const PAGES_OF_REVISION = [
  'tree',
  'blob',
  'resolve',
  'raw',
  'blame',
  'edit',
  'commits',
  'commit',
  'revision',
];
/** Other things on the hub that are not models. */
const NOT_MODELS = ['datasets', 'spaces', 'buckets', 'collections', 'papers', 'docs', 'kernels'];

/**
 * Reads the name of a repository in one of these forms:
 * - `owner/name` or `owner/name@revision`;
 * - the address of a page of the repository, or of a file in it;
 * - `hf://owner/name@revision/path`;
 * - the address (or the command) that clones it.
 *
 * @param hub address of the hub in use; its pages are read like those of huggingface.co
 * @throws HubError when the text has none of these forms
 */
export function parseRepositoryName(text: string, hub?: string): RepositoryName {
  const pasted = text.trim().replace(/^git\s+clone\s+/, '');
  const address = addressOnHub(pasted, hub);
  const named = address ? fromAddress(address, pasted) : fromId(pasted);
  const [owner = '', name = '', ...more] = named.id.split('/');
  if (more.length > 0 || !PART.test(owner) || !PART.test(name)) throw refusal(pasted);
  if (named.revision !== undefined && !REVISION.test(named.revision))
    throw new HubError(
      'request',
      `“${printable(named.revision)}” cannot be a branch, a tag or a commit of ${named.id}.`,
    );
  return named;
}

function fromId(text: string): RepositoryName {
  const at = text.indexOf('@');
  const id = (at < 0 ? text : text.slice(0, at)).replace(/\/+$/, '');
  checkIsModel(id.split('/')[0] ?? '', text);
  return { id, revision: at < 0 ? undefined : text.slice(at + 1), path: undefined };
}

/**
 * Reads `/owner/name`, also with `@REVISION`. On a page, `/tree/REVISION…`, `/blob/…` or `/resolve/…` may follow. In other
 * addresses the path of a file may follow.
 */
function fromAddress({ segments, isPage }: HubAddress, pasted: string): RepositoryName {
  const [owner = '', last = '', ...rest] =
    segments[0] === 'models' && segments.length > 2 ? segments.slice(1) : segments;
  checkIsModel(owner, pasted);
  const [name = '', ...atRevision] = last.split('@');
  const id = `${owner}/${name.replace(/\.git$/, '')}`;
  if (atRevision.length > 0) return { id, ...revisionAndPath([atRevision.join('@'), ...rest]) };
  const [page = '', ...inside] = rest;
  if (isPage && PAGES_OF_REVISION.includes(page)) return { id, ...revisionAndPath(inside) };
  return { id, revision: undefined, path: isPage ? undefined : joined(rest) };
}

/**
 * Splits a revision and a path. A revision is one segment, with its slashes encoded. Revisions of pull requests may also be
 * written with plain slashes.
 */
function revisionAndPath(segments: readonly string[]): Pick<RepositoryName, 'revision' | 'path'> {
  const isWrittenOut =
    segments[0] === 'refs' && ['pr', 'convert', 'heads', 'tags'].includes(segments[1] ?? '');
  const count = isWrittenOut ? 3 : 1;
  return { revision: joined(segments.slice(0, count)), path: joined(segments.slice(count)) };
}

function joined(segments: readonly string[]): string | undefined {
  return segments.length === 0 ? undefined : segments.join('/');
}

function checkIsModel(first: string, pasted: string): void {
  if (NOT_MODELS.includes(first))
    throw new HubError(
      'request',
      `${shown(pasted)} is no model: the address of a model has no “${first}/” in it.`,
    );
}

/** A repository that a message shows as an example. */
const EXAMPLE = FAMILIES.flatMap(({ published }) => published?.repositories ?? [])[0]?.id ?? 'owner/name';

function refusal(pasted: string): HubError {
  return new HubError(
    'request',
    `${shown(pasted)} is no model on Hugging Face: write owner/name, such as ${EXAMPLE}, or paste the address of its page.`,
  );
}

function shown(pasted: string): string {
  return `“${printable(withoutLogin(pasted))}”`;
}
