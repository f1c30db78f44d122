import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { removeOwned, type OwnedFile } from '../files/owned-files';
import { systemReason } from '../files/system-reason';
import { formatBytes } from '../hub/format-bytes';
import { UsageError } from './usage-error';

/** Something on the disk that a command lists. */
export interface StoredItem extends Pick<OwnedFile, 'file' | 'bytes'> {
  /** The name by which the user names it. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly what: string;
  /** The folder of this program that it lies in, and its name there; absent for what cannot be deleted. */
  readonly place?: { readonly folder: string; readonly entry: string };
}

/** A command that lists what is on the disk, and deletes it. */
interface StorageCommand {
  readonly name: string;
  readonly description: string;
  /** The folder, for people. */
  readonly folder: () => string;
  readonly items: () => Promise<readonly StoredItem[]>;
}

/** Adds a command that lists what is there with sizes, and its subcommand `remove`. */
export function addStorageCommand(
  zipar: Command,
  { name, description, folder, items }: StorageCommand,
): void {
  const command = zipar
    .command(name)
    .description(description)
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const found = await items();
      process.stdout.write(json === true ? `${jsonList(folder(), found)}\n` : textList(folder(), found));
    });
  command
    .command('remove')
    .description('delete some of it, or all')
    .argument('[names...]', `names as \`zipar ${name}\` lists them`)
    .option('--all', 'delete everything that is listed and was not shipped')
    .option('--yes', 'delete without asking')
    .action(async (names: readonly string[], options: { readonly all?: boolean; readonly yes?: boolean }) => {
      const chosen = chosenItems(name, await items(), names, options.all === true);
      if (options.yes !== true && !(await isConfirmed(chosen))) return;
      for (const item of chosen) await remove(item);
    });
}

function jsonList(folder: string, items: readonly StoredItem[]): string {
  const entries = items.map(({ name, what, bytes, file, place }) => ({
    ...{ name, what, bytes, file },
    isRemovable: place !== undefined,
  }));
  return JSON.stringify({ folder, bytes: sum(items), items: entries });
}

function textList(folder: string, items: readonly StoredItem[]): string {
  if (items.length === 0) return `${folder}: nothing\n`;
  const width = Math.max(...items.map(({ bytes }) => formatBytes(bytes).length));
  const lines = items.map(
    ({ name, what, bytes }) => `${formatBytes(bytes).padStart(width)}  ${name}  (${what})`,
  );
  return [...lines, `${formatBytes(sum(items)).padStart(width)}  in ${folder}`, ''].join('\n');
}

function sum(items: readonly StoredItem[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}

/** @throws UsageError when a name is not listed, or cannot be deleted */
function chosenItems(
  command: string,
  items: readonly StoredItem[],
  names: readonly string[],
  isAll: boolean,
): readonly StoredItem[] {
  if (isAll !== (names.length === 0))
    throw new UsageError(`Give names as \`zipar ${command}\` lists them, or --all, but not both.`);
  if (isAll) return items.filter(({ place }) => place !== undefined);
  return names.map((name) => {
    const found = items.find((item) => item.name === name);
    if (!found)
      throw new UsageError(`There is no ${JSON.stringify(name)}; \`zipar ${command}\` lists what is there.`);
    if (!found.place) throw new UsageError(`${name} ships with this program, so it is not deleted.`);
    return found;
  });
}

/** Asks on a terminal. @throws UsageError without a terminal */
async function isConfirmed(items: readonly StoredItem[]): Promise<boolean> {
  if (items.length === 0) return true;
  const what = items.length === 1 ? (items[0]?.name ?? '') : `${items.length} entries`;
  if (!process.stdin.isTTY)
    throw new UsageError(`Nothing was deleted: add --yes to delete ${what} (${formatBytes(sum(items))}).`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Delete ${what} (${formatBytes(sum(items))})? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

async function remove({ name, bytes, place }: StoredItem): Promise<void> {
  if (!place) return;
  try {
    await removeOwned(place.folder, place.entry);
  } catch (cause) {
    throw new Error(`${name} could not be deleted: ${systemReason(cause)}.`, { cause });
  }
  process.stdout.write(`deleted ${name} (${formatBytes(bytes)})\n`);
}
