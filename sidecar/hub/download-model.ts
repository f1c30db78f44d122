import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { downloadFile } from './download-file';
import { quoted } from './foreign-text';
import { formatBytes } from './format-bytes';
import type { HubConnection } from './hub-connection';
import { HubError } from './hub-error';
import { openFile, type HubFile, type HubRepository } from './hub-repository';
import { isComplete, partBytes, partPath } from './partial-file';
import { makePlace } from './place-in-folder';
import { findCollision, isSafePath } from './repository-path';

const RETRY_DELAY_MS = 1000;

export interface ModelDownload {
  readonly repository: HubRepository;
  /** Files of the repository to download. */
  readonly files: readonly HubFile[];
  /** Absolute path of the folder for the files; made when it does not exist. */
  readonly folder: string;
  /** Absolute path of a folder that no link in `folder` may lead out of; `folder` itself when absent. */
  readonly within?: string;
  /** Aborting keeps what has come, so that a later download can continue. */
  readonly signal: AbortSignal;
  /**
   * @param received bytes of all files that are there
   * @param file the file that is downloaded now
   */
  readonly onProgress: (received: number, file: HubFile) => void;
  readonly retryDelayMs?: number;
  /** Free bytes on the disk of a folder, which may not exist yet. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Downloads files of a repository. Files that are there with the right checksum are kept. Files that were begun are
 * continued.
 * @throws HubError before any download, when a path leads out of the folder, a path cannot be made, or the disk is too
 *   small. Later it throws what downloading a file throws.
 */
export async function downloadModel(hub: HubConnection, download: ModelDownload): Promise<void> {
  const { repository, files, folder, signal, onProgress } = download;
  checkPaths(files, repository.id);
  const missing: HubFile[] = [];
  let received = 0;
  for (const file of files) {
    signal.throwIfAborted();
    if (await isComplete(path.join(folder, file.path), file)) received += file.size;
    else missing.push(file);
  }
  await checkSpace(missing, folder, download.freeBytes ?? freeBytes);
  // Makes all places first: the user hears of a folder that cannot be made before gigabytes have come.
  for (const file of missing) await makePlace(file.path, folder, download.within ?? folder);
  for (const file of missing) {
    const before = received;
    await downloadFile({
      file,
      target: path.join(folder, file.path),
      request: (from) => openFile(hub, repository, file, from, signal),
      read: (answer) => hub.read(answer, signal),
      signal,
      onBytes: (bytes) => {
        received = before + bytes;
        onProgress(received, file);
      },
      retryDelayMs: download.retryDelayMs ?? RETRY_DELAY_MS,
    });
    received = before + file.size;
  }
}

/**
 * Checks all paths before any download. A repository with an unsafe path is not trusted as a whole.
 * @throws HubError naming the files, when a path is not safe or two paths collide
 */
function checkPaths(files: readonly HubFile[], id: string): void {
  const unsafe = files.find((file) => !isSafePath(file.path));
  if (unsafe)
    throw new HubError(
      'request',
      `${id} has a file ${quoted(unsafe.path)}, which cannot be stored inside a folder; nothing was downloaded.`,
    );
  const parts = new Set(files.map((file) => partPath(file.path, file).replaceAll(path.sep, '/')));
  const [one, other] = findCollision([...files.map((file) => file.path), ...parts]) ?? [];
  if (one !== undefined && other !== undefined)
    throw new HubError(
      'request',
      `${id} has ${quoted(one)} and ${quoted(other)}, which cannot lie in one folder on every disk; choose one of them.`,
    );
}
async function checkSpace(
  files: readonly HubFile[],
  folder: string,
  free: (folder: string) => Promise<number>,
): Promise<void> {
  let needed = 0;
  for (const file of files) needed += file.size - (await partBytes(path.join(folder, file.path), file));
  if (needed === 0) return;
  const available = await free(folder);
  if (needed > available)
    throw new HubError(
      'request',
      `The download needs ${formatBytes(needed)}, but only ${formatBytes(available)} are free for ${folder}; free some, or take fewer files or another folder.`,
    );
}

/** Free bytes for this user on the disk where the folder is, or will be made. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = path.dirname(folder);
    if (parent === folder) throw error;
    return freeBytes(parent);
  }
}
