import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunSettings } from '../protocol';
import { UsageError } from './usage-error';

const DEFAULT_FOLDER = 'zipar-images';

/** Refuses, before any work is done, what could not be written afterwards. @throws UsageError */
export async function checkOutputFile(file: string): Promise<void> {
  if (path.extname(file).toLowerCase() !== '.png')
    throw new UsageError(`--out ${file} does not end in .png; pictures are written as PNG.`);
  const folder = path.dirname(path.resolve(file));
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`--out ${file}: there is no folder ${folder}; make it first.`);
}

/** `zipar-images/SEED-WORDS.png` below the current folder, numbered on where that is taken. */
export async function defaultOutputFile(settings: RunSettings): Promise<string> {
  await mkdir(DEFAULT_FOLDER, { recursive: true });
  const stem = `${settings.seed}-${subject(settings)}`;
  for (let i = 1; ; i++) {
    const file = path.join(DEFAULT_FOLDER, i === 1 ? `${stem}.png` : `${stem}-${i}.png`);
    const isTaken = await stat(file).then(
      () => true,
      () => false,
    );
    if (!isTaken) return file;
  }
}

/** The prompt's letters and digits only, so that no prompt leads out of the folder. */
function subject({ condition }: RunSettings): string {
  const text =
    condition.kind === 'prompt'
      ? condition.prompt
      : condition.kind === 'class'
        ? `class-${condition.label}`
        : 'caption';
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'picture'
  );
}

/** Writes beside the target and renames, so that a half-written picture is never seen. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Error(
      `${file} could not be written (${cause instanceof Error ? cause.message : String(cause)}).`,
      { cause },
    );
  }
}
