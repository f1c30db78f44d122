import { lstat, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { HubError } from './hub-error';

/**
 * Makes the folders that a file will lie in, one after the other. So no folder is made behind a link that leads out.
 * @param file safe path relative to `folder`, with `/`
 * @param folder absolute; made when it does not exist
 * @param within absolute; the folder that no link may lead out of: `folder` or one above it
 * @throws HubError when a link leads out, a file lies where a folder must be, or a folder where the file must be
 */
export async function makePlace(file: string, folder: string, within: string): Promise<void> {
  const root = await makeFolder(within);
  let place = within;
  for (const segment of [...path.relative(within, folder).split(path.sep), ...file.split('/').slice(0, -1)]) {
    place = path.join(place, segment);
    const real = await makeFolder(place);
    if (!isInside(real, root))
      throw new HubError(
        'request',
        `${place} is a link that leads out of ${within}; nothing was written there.`,
      );
  }
  const target = path.join(folder, file);
  const found = await lstat(target).catch(() => undefined);
  if (found?.isDirectory())
    throw new HubError(
      'request',
      `${target} is a folder, and the model has a file of that name: delete or rename the folder, or name another one with --to.`,
    );
}

function isInside(place: string, root: string): boolean {
  // The path of a disk's root ends in a separator.
  return place === root || place.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

/** @returns where the folder really is */
async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await realpath(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HubError('request', `The folder ${folder} cannot be made (${why}).`, { cause });
  }
}
