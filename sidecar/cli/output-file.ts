import { lstat, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemReason } from '../files/system-reason';
import { checkCanWrite, makeFolder, OutputFileError, writeNewFile } from '../files/write-whole-file';
import type { RunSettings } from '../protocol';
import { UsageError } from './usage-error';

const DEFAULT_FOLDER = 'zipar-images';

/** The format in which a file is written, by the extension of its name. */
const FORMATS = {
  '.png': 'pictures are written as PNG',
  '.safetensors': 'tensors are written as safetensors',
  '.json': 'figures are written as JSON',
  '.zipar': 'traces are written as .zipar files',
};

/**
 * Refuses, before any work is done, a file that could not be written afterwards. A regular file of that name may exist: a
 * user who names it asks to replace it.
 * @param option the option that named the file, such as `--out`
 * @throws UsageError
 */
export async function checkOutputFile(
  option: string,
  file: string,
  extension: keyof typeof FORMATS,
): Promise<void> {
  if (path.extname(file).toLowerCase() !== extension)
    throw new UsageError(`${option} ${file} does not end in ${extension}; ${FORMATS[extension]}.`);
  const folder = path.dirname(file);
  const place = await kindOf(folder);
  if (place === 'nothing')
    throw new UsageError(`${option} ${file}: there is no folder ${folder}; make it first.`);
  if (place === 'file' || place === 'other')
    throw new UsageError(`${option} ${file}: ${folder} is no folder; name another.`);
  const present = await kindOf(file);
  if (present === 'folder') throw new UsageError(`${option} ${file} is a folder; name a file in it.`);
  if (present === 'other')
    throw new UsageError(`${option} ${file} is no regular file; name another, or remove it first.`);
  await refusing(
    () => checkCanWrite(file),
    (reason) => `${option} ${file} cannot be written: ${reason}. Name another place.`,
  );
}

/**
 * Refuses, before any work is done, when no picture could be written into the default folder afterwards. It creates
 * nothing.
 * @throws UsageError
 */
export async function checkDefaultFolder(): Promise<void> {
  const found = await kindOf(DEFAULT_FOLDER);
  if (found === 'file' || found === 'other')
    throw noDefaultFolder('something else has that name here', 'Remove it');
  if (found === 'nothing' && (await isLink(DEFAULT_FOLDER)))
    throw noDefaultFolder('that name is a link that leads nowhere here', 'Mend it');
  await refusing(
    () => checkCanWrite(path.join(found === 'nothing' ? '.' : DEFAULT_FOLDER, 'picture.png')),
    (reason) => noDefaultFolder(`it cannot be written here: ${reason}`).message,
  );
}

function noDefaultFolder(problem: string, remedy?: string): UsageError {
  const otherwise = remedy === undefined ? 'Name a file' : `${remedy}, or name a file`;
  return new UsageError(
    `Pictures go into the folder ${DEFAULT_FOLDER}, but ${problem}. ${otherwise} with --out.`,
  );
}

async function refusing(check: () => Promise<void>, message: (reason: string) => string): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof OutputFileError)) throw error;
    throw new UsageError(message(systemReason(error.cause)), { cause: error });
  }
}

/** The kind of thing that has a name, after following links. Undefined when the system does not permit the question. */
async function kindOf(name: string): Promise<'folder' | 'file' | 'other' | 'nothing' | undefined> {
  try {
    const found = await stat(name);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : undefined;
  }
}

async function isLink(name: string): Promise<boolean> {
  return lstat(name).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/**
 * Writes `zipar-images/SEED-WORDS.png` below the current folder. If the name is taken, a number is added: a picture is
 * never replaced unless the user named its file.
 * @throws OutputFileError
 */
export async function writeDefaultFile(settings: RunSettings, png: Uint8Array): Promise<string> {
  await makeFolder(DEFAULT_FOLDER);
  const stem = defaultStem(settings);
  for (let i = 1; ; i++) {
    const file = path.join(DEFAULT_FOLDER, i === 1 ? `${stem}.png` : `${stem}-${i}.png`);
    if (await writeNewFile(file, [png])) return file;
  }
}

/**
 * Writes a result where it belongs. If that has become impossible since the check, the result goes among the temporary
 * files, or else into the current folder. Then a message says where it is, and the exit code is 1.
 * @param name name of the file in that other place
 * @param write writes the result into a given file
 * @param writeInPlace writes the result where it belongs, and returns that place
 * @returns where the result is
 * @throws Error when the result could not be kept anywhere
 */
export async function writeOrKeep(
  name: string,
  write: (file: string) => Promise<void>,
  writeInPlace: () => Promise<string>,
): Promise<string> {
  try {
    return await writeInPlace();
  } catch (error) {
    if (!(error instanceof OutputFileError)) throw error;
    const kept = (await keepIn(tmpdir(), name, write)) ?? (await keepIn('.', name, write));
    if (kept === undefined)
      throw new Error(`${error.message} No other place could be found for it either.`, { cause: error });
    process.stderr.write(`zipar: ${error.message} It is kept as ${kept}.\n`);
    process.exitCode = 1;
    return kept;
  }
}

/**
 * Writes a result into the file that the user named; see {@link writeOrKeep}.
 * @returns where the result is
 */
export function writeNamed(file: string, write: (file: string) => Promise<void>): Promise<string> {
  return writeOrKeep(path.basename(file), write, async () => {
    await write(file);
    return file;
  });
}

/** Keeps the result in a new folder of its own, so that no name is taken. */
async function keepIn(
  parent: string,
  name: string,
  write: (file: string) => Promise<void>,
): Promise<string | undefined> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(path.join(parent, 'zipar-kept-'));
    const file = path.join(folder, name);
    await write(file);
    return file;
  } catch {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

/** The name `SEED-WORDS`. It takes only letters and digits of the prompt, so that no prompt leads out of the folder. */
function defaultStem({ seed, condition, className }: RunSettings): string {
  const text =
    condition.kind === 'prompt'
      ? condition.prompt
      : condition.kind === 'class'
        ? `class-${condition.label}-${className ?? ''}`
        : 'caption';
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${seed}-${words || 'picture'}`;
}
