import { HubError } from './hub-error';

/** A model repository as the user names it. */
export interface RepositoryName {
  /** `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit; undefined = the main branch. */
  readonly revision: string | undefined;
}

/** Of an owner or a repository. The hub allows neither `--` nor `..`, so `owner--name` is one repository's. */
const PART = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;
const REVISION = /^(?!.*\.\.)\w[\w./-]{0,199}$/;
const HOSTS = ['huggingface.co', 'www.huggingface.co', 'hf.co'];

/**
 * Reads `owner/name`, `owner/name@revision`, or the address of a page of the repository.
 * @throws HubError when it is none of them
 */
export function parseRepositoryName(text: string): RepositoryName {
  const trimmed = text.trim();
  const named = /^https?:\/\//i.test(trimmed) ? fromAddress(trimmed) : fromId(trimmed);
  const [owner = '', name = '', ...more] = named.id.split('/');
  if (more.length > 0 || !PART.test(owner) || !PART.test(name)) throw refusal(text);
  if (named.revision !== undefined && !REVISION.test(named.revision))
    throw new HubError(
      'request',
      `“${named.revision}” cannot be a branch, a tag or a commit of ${named.id}.`,
    );
  return named;
}

function fromId(text: string): RepositoryName {
  const at = text.indexOf('@');
  return at < 0 ? { id: text, revision: undefined } : { id: text.slice(0, at), revision: text.slice(at + 1) };
}

/** `https://huggingface.co/owner/name`, also with `/tree/REVISION…`, `/blob/…` or `/resolve/…` after it. */
function fromAddress(text: string): RepositoryName {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !HOSTS.includes(url.hostname)) throw refusal(text);
  const [owner = '', name = '', page, revision] = url.pathname.split('/').filter((part) => part !== '');
  if (owner === 'datasets' || owner === 'spaces')
    throw new HubError(
      'request',
      `${text} is no model: the address of a model has neither /datasets/ nor /spaces/.`,
    );
  const hasRevision = page !== undefined && ['tree', 'blob', 'resolve'].includes(page);
  return { id: `${owner}/${name}`, revision: hasRevision ? revision : undefined };
}

function refusal(text: string): HubError {
  return new HubError(
    'request',
    `“${text.trim()}” is no model on Hugging Face: write owner/name, such as FoundationVision/LlamaGen, or paste the address of its page.`,
  );
}
