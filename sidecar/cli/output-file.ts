import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RunSettings } from '../protocol';
import { UsageError } from './usage-error';

const DEFAULT_FOLDER = 'zipar-images';

/** What a file is written as, by its extension. */
const FORMATS = {
  '.png': 'pictures are written as PNG',
  '.safetensors': 'tensors are written as safetensors',
  '.json': 'figures are written as JSON',
};

/**
 * Refuses, before any work is done, what could not be written afterwards.
 * @param option that named the file, such as `--out`
 * @throws UsageError
 */
export async function checkOutputFile(
  option: string,
  file: string,
  extension: keyof typeof FORMATS,
): Promise<void> {
  if (path.extname(file).toLowerCase() !== extension)
    throw new UsageError(`${option} ${file} does not end in ${extension}; ${FORMATS[extension]}.`);
  const folder = path.dirname(path.resolve(file));
  if (!(await isFolder(folder)))
    throw new UsageError(`${option} ${file}: there is no folder ${folder}; make it first.`);
  if (await isFolder(file)) throw new UsageError(`${option} ${file} is a folder; name a file in it.`);
}

async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
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
function subject({ condition, className }: RunSettings): string {
  const text =
    condition.kind === 'prompt'
      ? condition.prompt
      : condition.kind === 'class'
        ? `class-${condition.label}-${className ?? ''}`
        : 'caption';
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'picture'
  );
}
