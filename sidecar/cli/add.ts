import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { foundModels } from '../engine/found-models';
import { downloadModel, freeBytes } from '../hub/download-model';
import { formatBytes } from '../hub/format-bytes';
import { HubConnection } from '../hub/hub-connection';
import { HubError } from '../hub/hub-error';
import { openRepository, type HubFile, type HubRepository } from '../hub/hub-repository';
import { modelsFolder } from '../hub/models-folder';
import { partBytes } from '../hub/partial-file';
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

/** `zipar add`: gets a model, or looks at one that is there. */
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
  // Started by the extension: what has come is on the disk, so once nobody waits it ends.
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

/** What is there is meant before what may be on the hub; `./`, `/`, `~` and a drive are paths in any case. */
async function isLocal(source: string): Promise<boolean> {
  if (/^[./~\\]|^[A-Za-z]:[\\/]/.test(source)) return true;
  return stat(source).then(
    () => true,
    () => false,
  );
}

async function look(source: string, options: AddOptions): Promise<void> {
  if (options.list === true || options.only || options.to !== undefined || options.revision !== undefined)
    throw new UsageError(
      `--list, --only, --to and --revision are for a model on Hugging Face, and ${source} is a path.`,
    );
  report(await foundModels(source), options);
}

async function download(source: string, options: AddOptions, signal: AbortSignal): Promise<void> {
  const hub = hubOf(process.env);
  const named = parseRepositoryName(source);
  const name =
    options.revision === undefined ? named : parseRepositoryName(`${named.id}@${options.revision}`);
  const repository = await openRepository(hub, name, signal);
  const folder = path.resolve(options.to ?? path.join(modelsFolder(), name.id.replace('/', '--')));
  const chosen = chosenFiles(repository, options.only);
  if (options.list === true) {
    const listing = await listingOf(repository, chosen, folder);
    process.stdout.write(options.json === true ? `${JSON.stringify(listing)}\n` : textListing(listing));
    return;
  }
  if (options.json !== true) process.stderr.write(downloadSummary(repository, chosen, folder));
  await fetchFiles(hub, repository, chosen, folder, signal);
  report(await foundModels(folder), options);
}

/** The variables that the hub's own tools read. */
function hubOf({ HF_ENDPOINT: address = '', HF_TOKEN: token = '' }: NodeJS.ProcessEnv): HubConnection {
  return new HubConnection(
    address === '' ? 'https://huggingface.co' : address,
    token === '' ? undefined : token,
  );
}

/** @throws UsageError when there is none */
function chosenFiles(repository: HubRepository, only: readonly string[] | undefined): readonly HubFile[] {
  const chosen = only ? matchingFiles(repository.files, only) : suggestedFiles(repository.files);
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    only
      ? `${repository.id} has no file that fits ${only.join(', ')}; zipar add ${repository.id} --list names what it has.`
      : `${repository.id} has no .safetensors or .pt file, so it is nothing that this program reads.`,
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
  return error.reason === 'transfer' ? error : new UsageError(error.message, { cause: error });
}

async function listingOf(
  { id, commit, page, licence, isGated, files }: HubRepository,
  chosen: readonly HubFile[],
  folder: string,
): Promise<RepositoryListing> {
  // What cannot be stored is not offered; asked for by name, it is refused with the reason.
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

/** @throws UsageError when nothing there can be run */
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
