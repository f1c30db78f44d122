import { l10n, QuickPickItemKind, Uri, workspace } from 'vscode';
import type { AddedModel, AddedModels, PublishedRepository, RepositoryListing } from '../sidecar/protocol';
import { aborterFor } from './aborter-for';
import { chooseHubFiles } from './choose-hub-files';
import { chooseRepository } from './choose-repository';
import { fileSize } from './file-size';
import { HubAccess } from './hub-access';
import { ModelDownload, type DownloadMessage } from './model-download';
import { nodeRuntimeHere } from './node-runtime';
import { rememberSetting } from './remember-setting';
import { UserError } from './report-error';
import { readSettings } from './settings';
import type { Studio } from './studio';
import { chooseFolder } from './window/file-dialogs';
import { showInformation, showProgress } from './window/notifications';
import { pickOne, type Choice } from './window/quick-inputs';
import { ZiparCommandError } from './zipar-command';
import { inUsersLanguage } from './in-users-language';

type Source = { readonly kind: 'folder' } | { readonly kind: 'hub'; readonly repository: string | undefined };

/** Adds a model from this machine, or downloads one. At the end it says what the model is, and whether it can run. */
export async function addModel(studio: Studio): Promise<void> {
  const source = await askForSource(await publishedRepositories(studio));
  if (!source) return;
  const script = Uri.joinPath(studio.context.extensionUri, 'dist', 'zipar.js').fsPath;
  const runtime = await nodeRuntimeHere(readSettings().nodePath);
  const download = new ModelDownload(runtime, script, new HubAccess(studio.context.secrets));
  try {
    const added =
      source.kind === 'folder' ? await lookAtFolder(download) : await fromHub(download, source.repository);
    if (added) await tell(added);
  } catch (error) {
    // The message of this error is complete: the sidecar is not involved.
    if (error instanceof ZiparCommandError) throw new UserError(inUsersLanguage(error.sentence));
    throw error;
  }
}

/** Published repositories that are known to run. A folder can be added even where no sidecar starts. */
async function publishedRepositories({ client, log }: Studio): Promise<readonly PublishedRepository[]> {
  try {
    return (await client.connection()).hello.capabilities.repositories;
  } catch (error) {
    log.warn(`Add Model lists no published models: ${String(error)}`);
    return [];
  }
}

async function askForSource(published: readonly PublishedRepository[]): Promise<Source | undefined> {
  const items: (Choice & { readonly source?: Source })[] = [
    { icon: 'folder-opened', label: l10n.t('Folder on This Computer…'), source: { kind: 'folder' } },
    {
      icon: 'cloud-download',
      label: l10n.t('From Hugging Face…'),
      source: { kind: 'hub', repository: undefined },
    },
    ...published.flatMap(({ id, family, holds }, i) => [
      ...(family === published[i - 1]?.family
        ? []
        : [{ label: l10n.t('Published {0} Models', family), kind: QuickPickItemKind.Separator }]),
      {
        icon: 'cloud-download',
        label: id,
        detail: l10n.t(holds),
        source: { kind: 'hub', repository: id } as const,
      },
    ]),
  ];
  const chosen = await pickOne(items, {
    title: l10n.t('Add Model'),
    placeHolder: l10n.t('Where the model is'),
  });
  return chosen?.source;
}

async function lookAtFolder(download: ModelDownload): Promise<AddedModels | undefined> {
  const folder = await chooseFolder(l10n.t('Folder of a model'));
  if (!folder) return undefined;
  if (folder.scheme !== 'file')
    throw new UserError(l10n.t('A model has to lie on a disk; “{0}” does not.', folder.toString()));
  return download.look(folder.fsPath, new AbortController().signal);
}

async function fromHub(
  download: ModelDownload,
  repository: string | undefined,
): Promise<AddedModels | undefined> {
  const listing = await chooseRepository(download, repository);
  if (!listing) return undefined;
  const paths = await chooseHubFiles(listing);
  return paths && fetchFiles(download, listing, paths);
}

async function fetchFiles(
  download: ModelDownload,
  listing: RepositoryListing,
  paths: readonly string[],
): Promise<AddedModels | undefined> {
  const added = await showProgress(
    { title: l10n.t('Downloading {0}', listing.repository), cancellable: true },
    (progress, token) => {
      let shown = 0;
      return download.download(listing, paths, aborterFor(token).signal, (message) => {
        if (message.type === 'waiting') {
          progress.report({
            message: l10n.t(
              '{0} had too many requests; the download goes on in {1} seconds.',
              message.host,
              message.seconds,
            ),
          });
          return;
        }
        const part = (100 * message.received) / message.total;
        progress.report({ message: progressText(message), increment: part - shown });
        shown = part;
      });
    },
  );
  if (!added)
    void showInformation(
      l10n.t('The download was stopped. What has come is kept: add {0} again to go on.', listing.repository),
    );
  return added;
}

function progressText({
  received,
  total,
  bytesPerSecond,
  file,
}: Extract<DownloadMessage, { type: 'download' }>): string {
  return l10n.t(
    '{0} of {1}, {2}/s, {3}',
    fileSize(received),
    fileSize(total),
    fileSize(bytesPerSecond),
    file,
  );
}

/** Adds the models that can run to the list of models, and offers to use one. */
async function tell({ folder, models, problems }: AddedModels): Promise<void> {
  if (models.length === 0)
    throw new UserError(l10n.t('There is no model in {0} that can be run. {1}', folder, problems.join(' ')));
  await putAmongModels(models);
  const use = l10n.t('Use It Now');
  const drawing = models.filter(({ condition }) => condition !== 'none');
  const actions = drawing.length > 0 ? [use] : [];
  const answer = await showInformation(models.map(describe).join(' '), ...actions);
  if (answer !== use) return;
  const model = drawing.length === 1 ? drawing[0] : await chooseOne(drawing);
  if (model) await rememberSetting('model', model.path);
}

async function putAmongModels(models: readonly AddedModel[]): Promise<void> {
  const folders = workspace.getConfiguration('ziparStudio').get<string[]>('modelFolders', []);
  const fresh = models.map(({ path }) => path).filter((path) => !folders.includes(path));
  if (fresh.length > 0) await rememberSetting('modelFolders', [...folders, ...fresh]);
}

/** Describes what a model draws, and what is missing if it draws no picture. */
function describe({ name, condition, classes, grid: [height, width], noPicture }: AddedModel): string {
  const tokens = `${height}×${width}`;
  const what = {
    class: l10n.t('{0} was added: it draws {1} classes, {2} tokens.', name, classes, tokens),
    'caption-embedding': l10n.t('{0} was added: it draws caption embeddings, {1} tokens.', name, tokens),
    text: l10n.t('{0} was added: it draws prompts, {1} tokens.', name, tokens),
    prompt: l10n.t('{0} was added: it draws prompts, {1} tokens.', name, tokens),
    words: l10n.t('{0} was added: it draws prompts, {1} tokens.', name, tokens),
    none: l10n.t('{0} was added: it turns tokens into pictures.', name),
  }[condition];
  return noPicture === null ? what : `${what} ${noPicture}`;
}

async function chooseOne(models: readonly AddedModel[]): Promise<AddedModel | undefined> {
  const items = models.map((model) => ({ label: model.name, description: model.path, model }));
  const chosen = await pickOne(items, { title: l10n.t('Use It Now') });
  return chosen?.model;
}
