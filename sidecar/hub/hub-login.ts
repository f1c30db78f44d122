import { homedir } from 'node:os';
import path from 'node:path';
import { InputFileError, readTextFile } from '../files/input-file';
import { isFlagSet } from './environment-flag';

const MAX_TOKEN_FILE_BYTES = 10_000;

/** The access token of this user, and its source. */
export interface HubLogin {
  readonly token: string | undefined;
  /** For messages: "HF_TOKEN" or the path of a file. */
  readonly source: string;
  /** Why an existing token is not used, in one sentence; undefined when there is no problem. */
  readonly problem?: string;
}

/**
 * Finds the access token where huggingface_hub does: in `HF_TOKEN`, in `HUGGING_FACE_HUB_TOKEN`, or in the file that
 * `hf auth login` writes. `HF_HUB_DISABLE_IMPLICIT_TOKEN` turns all three off.
 */
export async function findLogin(env: NodeJS.ProcessEnv, home: () => string = homedir): Promise<HubLogin> {
  if (isFlagSet(env.HF_HUB_DISABLE_IMPLICIT_TOKEN))
    return {
      token: undefined,
      source: 'HF_TOKEN',
      problem: 'HF_HUB_DISABLE_IMPLICIT_TOKEN is set, so no token is sent; unset it.',
    };
  for (const source of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const token = env[source]?.trim();
    if (token !== undefined && token !== '') return { token, source };
  }
  const file = tokenFile(env, home);
  return file === undefined ? { token: undefined, source: 'HF_TOKEN' } : readTokenFile(file);
}

/** The file in which `hf auth login` keeps the token; undefined for a user without a home folder. */
function tokenFile(env: NodeJS.ProcessEnv, home: () => string): string | undefined {
  const userHome = homeOf(env, home);
  const said = (value: string | undefined): string | undefined =>
    value === undefined || value.trim() === '' ? undefined : expandHome(value.trim(), userHome);
  const named = said(env.HF_TOKEN_PATH);
  if (named !== undefined) return path.resolve(named);
  const folder =
    said(env.HF_HOME) ?? below(said(env.XDG_CACHE_HOME) ?? below(userHome, '.cache'), 'huggingface');
  return folder === undefined ? undefined : path.resolve(folder, 'token');
}

/** The user's home folder. A user without an entry in the system's list has none. */
function homeOf({ HOME: named }: NodeJS.ProcessEnv, home: () => string): string | undefined {
  if (named !== undefined && named !== '') return named;
  try {
    return home();
  } catch {
    return undefined;
  }
}

function below(folder: string | undefined, name: string): string | undefined {
  return folder === undefined ? undefined : path.join(folder, name);
}

function expandHome(file: string, home: string | undefined): string {
  return home !== undefined && /^~(?:$|[\\/])/.test(file) ? path.join(home, file.slice(1)) : file;
}

/** Reads the token from a file. A file that cannot be read is a problem, not an error: public downloads need no token. */
async function readTokenFile(file: string): Promise<HubLogin> {
  try {
    const token = (await readTextFile(file, MAX_TOKEN_FILE_BYTES)).replace(/[\r\n]/g, '').trim();
    if (token === '') return { token: undefined, source: file };
    if (isToken(token)) return { token, source: file };
    return { token: undefined, source: file, problem: `${file} holds no token; log in again.` };
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    const isMissing = error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT';
    return { token: undefined, source: file, ...(!isMissing && { problem: error.message }) };
  }
}

/** Whether a text is allowed in a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
