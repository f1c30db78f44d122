import type { Command } from 'commander';
import path from 'node:path';
import { foundModels } from '../engine/found-models';
import { exists } from '../files/exists';
import { addressedFiles } from '../hub/addressed-files';
import { downloadModel, freeBytes } from '../hub/download-model';
import { quoted } from '../hub/foreign-text';
import { formatBytes } from '../hub/format-bytes';
import type { HubConnection, HubWait } from '../hub/hub-connection';
import { HubError } from '../hub/hub-error';
import { hubAddressOf, hubFromEnvironment } from '../hub/hub-from-environment';
import { openRepository, type HubFile, type HubRepository } from '../hub/hub-repository';
import { modelsFolder } from '../hub/models-folder';
import { partBytes } from '../hub/partial-file';
import { formatWait } from '../hub/rate-limit';
import { parseRepositoryName } from '../hub/repository-name';
import { isSafePath } from '../hub/repository-path';
import { matchingFiles, suggestedFiles } from '../hub/suggested-files';
import { TransferSpeed } from '../hub/transfer-speed';
import type { AddedModels, AddModelMessage, RepositoryListing } from '../protocol';
import { downloadSummary, textListing, textReport, totalBytes } from './add-report';
import { ProgressBar } from './progress-bar';
import { asUsageError, UsageError } from './usage-error';

interface AddOptions {
  readonly revision?: string;
  readonly only?: readonly string[];
  readonly to?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

const LEAST_MS_BETWEEN_REPORTS = 200;

/** Adds `zipar add`: it downloads a model, or looks at a model on the disk. */
export function addAddCommand(zipar: Command): void {
  zipar
    .command('add')
    .description('get a model from Hugging Face, or look at a folder: what it is, and how to run it')
    .argument(
      '<folder|owner/name>',
      'a model folder or weight file; or a model on Hugging Face, as id or address',
    )
    .option('--revision <r>', 'branch, tag or commit; the main branch when absent')
    .option('--only <glob>', 'download these files only, such as "*.safetensors"; may be repeated', collect)
    .option(
      '--to <folder>',
      'where the files go; a folder of the model’s own among the downloaded models when absent',
    )
    .option('--list', 'say what there is to download, and end')
    .option('--json', 'print one JSON object on the last line of stdout')
    .action(add);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function add(source: string, options: AddOptions): Promise<void> {
  const aborter = new AbortController();
  const abort = (): void => {
    aborter.abort();
  };
  // The extension may have started this command. What has come is on the disk, so the command ends when the extension is
  // gone.
  const endings = ['SIGINT', 'SIGTERM', 'disconnect'] as const;
  for (const ending of endings) process.once(ending, abort);
  try {
    if (await isLocal(source)) await look(source, options);
    else await download(source, options, aborter.signal);
  } catch (error) {
    throw asAddError(error, aborter.signal);
  } finally {
    for (const ending of endings) process.off(ending, abort);
    if (process.connected) process.disconnect();
  }
}

/**
 * Whether the source is on the disk. A file or folder on the disk comes before a repository of the same name. `./`, `/`,
 * `~` and a drive always mean a path.
 */
async function isLocal(source: string): Promise<boolean> {
  if (/^[./~\\]|^[A-Za-z]:[\\/]/.test(source)) return true;
  return exists(source);
}

async function look(source: string, options: AddOptions): Promise<void> {
  if (options.list === true || options.only || options.to !== undefined || options.revision !== undefined)
    throw new UsageError(
      `--list, --only, --to and --revision are for a model on Hugging Face, and ${source} is a path.`,
    );
  report(await foundModels(source), options);
}

async function download(source: string, options: AddOptions, signal: AbortSignal): Promise<void> {
  const named = parseRepositoryName(source, hubAddressOf(process.env));
  const name =
    options.revision === undefined
      ? named
      : { ...named, revision: parseRepositoryName(`${named.id}@${options.revision}`).revision };
  const hub = await hubFromEnvironment(process.env, sayWait);
  const repository = await openRepository(hub, name, signal);
  const folder = path.resolve(options.to ?? path.join(modelsFolder(), name.id.replace('/', '--')));
  const chosen = chosenFiles(repository, name.path, options.only);
  if (options.list === true) {
    const listing = await listingOf(repository, chosen, folder);
    process.stdout.write(options.json === true ? `${JSON.stringify(listing)}\n` : textListing(listing));
    return;
  }
  if (options.json !== true) process.stderr.write(downloadSummary(repository, chosen, folder));
  await fetchFiles(hub, repository, chosen, folder, signal);
  report(await foundModels(folder), options);
}

/**
 * @param address file or folder that the address names; undefined = the whole repository
 * @throws UsageError when the repository has none
 */
function chosenFiles(
  { id, files }: HubRepository,
  address: string | undefined,
  only: readonly string[] | undefined,
): readonly HubFile[] {
  const addressed = address === undefined ? undefined : addressedFiles(files, address);
  const list = `zipar add ${id} --list names what it has`;
  if (address !== undefined && addressed?.length === 0)
    throw new UsageError(
      `${id} has no file ${quoted(address)}, nor a model in a folder of that name; ${list}.`,
    );
  const chosen = only ? matchingFiles(addressed ?? files, only) : (addressed ?? suggestedFiles(files));
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    only
      ? `${id} has no file that fits ${only.join(', ')}; ${list}.`
      : `${id} has no .safetensors or .pt file, so it is nothing that this program reads.`,
  );
}

/** Says why the download waits: on a terminal or in a log. The extension gets a message instead. */
function sayWait({ host, seconds }: HubWait): void {
  tell({ type: 'waiting', host, seconds });
  // Takes the place of a progress bar, which is drawn again below.
  const clearLine = process.stderr.isTTY ? '\r\x1b[2K' : '';
  process.stderr.write(
    `${clearLine}${host} had too many requests; the download goes on in ${formatWait(seconds)}.\n`,
  );
}

async function fetchFiles(
  hub: HubConnection,
  repository: HubRepository,
  files: readonly HubFile[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const total = totalBytes(files);
  const speed = new TransferSpeed();
  const bar = new ProgressBar();
  let reportedAt = -Infinity;
  try {
    await downloadModel(hub, {
      repository,
      files,
      folder,
      within: boundaryOf(folder),
      signal,
      onProgress: (received, { path: file }) => {
        const now = performance.now();
        if (received < total && now - reportedAt < LEAST_MS_BETWEEN_REPORTS) return;
        reportedAt = now;
        const bytesPerSecond = speed.update(received, now);
        bar.update(megabytes(received), megabytes(total), `MB, ${formatBytes(bytesPerSecond)}/s, ${file}`);
        tell({ type: 'download', received, total, bytesPerSecond, file });
      },
    });
  } finally {
    bar.clear();
  }
}

/**
 * The folder that every written file must stay inside, even where links lead out. It is the folder of the downloaded
 * models, or the folder that the user named.
 */
function boundaryOf(folder: string): string {
  const models = modelsFolder();
  return folder.startsWith(models + path.sep) ? models : folder;
}

function tell(message: AddModelMessage): void {
  if (process.connected) process.send?.(message);
}

function asAddError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new HubError('stopped', 'Stopped. What has come is kept: the same command goes on from there.', {
      cause: error,
    });
  if (!(error instanceof HubError)) return asUsageError(error);
  if (error.reason === 'access') tell({ type: 'token-needed' });
  return error.reason === 'transfer' || error.reason === 'later'
    ? error
    : new UsageError(error.message, { cause: error });
}

async function listingOf(
  { id, commit, page, licence, isGated, files }: HubRepository,
  chosen: readonly HubFile[],
  folder: string,
): Promise<RepositoryListing> {
  // A file that cannot be stored is not offered. When the user asks for it by name, it is refused with the reason.
  const listed = files
    .filter((file) => isSafePath(file.path))
    .map(async (file) => ({
      path: file.path,
      size: file.size,
      suggested: chosen.includes(file),
      present: await partBytes(path.join(folder, file.path), file),
    }));
  return {
    repository: id,
    commit,
    page,
    licence: licence ?? null,
    isGated,
    folder,
    freeBytes: await freeBytes(folder),
    files: await Promise.all(listed),
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

/** Reports the models. @throws UsageError when the folder has no model that runs */
function report(added: AddedModels, { json }: AddOptions): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(added)}\n`);
    return;
  }
  if (added.models.length === 0)
    throw new UsageError(`${added.folder} holds no model that can be run. ${added.problems.join(' ')}`);
  process.stdout.write(added.models.map(textReport).join(''));
  for (const problem of added.problems) process.stderr.write(`${problem}\n`);
}
