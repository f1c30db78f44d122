import { homedir } from 'node:os';
import * as path from 'node:path';
import { l10n, workspace, type LogOutputChannel } from 'vscode';
import type { ModelSummary } from '../sidecar/protocol';
import { looksLikePath, resolveModelFolder } from './model-folder';
import { UserError } from './report-error';
import type { StudioSettings } from './settings';
import type { SidecarClient } from './sidecar-client';

/** The models the sidecar finds, those that ship with the product first. What it could not read goes to the log. */
export async function listModels(
  client: SidecarClient,
  settings: StudioSettings,
  log: LogOutputChannel,
): Promise<readonly ModelSummary[]> {
  const model = requestedModel(settings);
  const named = looksLikePath(model) ? [model] : [];
  const folders = [...settings.modelFolders.map(absolute), ...named];
  const textEncoder = requestedTextEncoder(settings);
  const connection = await client.connection();
  const { models, problems } = await connection.request({
    type: 'list-models',
    folders,
    ...(textEncoder !== '' && { textEncoder }),
  });
  for (const problem of problems) log.warn(problem);
  return models;
}

/** The model of the settings among those found; none chosen means the first. */
export function chosenModel(models: readonly ModelSummary[], wanted: string): ModelSummary | undefined {
  if (wanted === '') return models[0];
  return models.find(({ folder }) => folder === wanted || path.basename(folder) === wanted);
}

/** The value of `ziparStudio.model` that stands for this one. What ships is not named by path: an update moves it. */
export function modelSetting(
  model: ModelSummary,
  models: readonly ModelSummary[],
  modelFolders: readonly string[],
): string {
  if (model === models[0]) return '';
  const isUsers = modelFolders.some((folder) => absolute(folder) === model.folder);
  return isUsers ? model.folder : path.basename(model.folder);
}

/** `ziparStudio.model` as the sidecar takes it: empty, a name, or an absolute path. */
export function requestedModel({ model }: Pick<StudioSettings, 'model'>): string {
  return looksLikePath(model) ? absolute(model) : model;
}

/** `ziparStudio.textEncoder` as the sidecar takes it: empty, or an absolute path. */
export function requestedTextEncoder({ textEncoder }: Pick<StudioSettings, 'textEncoder'>): string {
  return textEncoder === '' ? '' : absolute(textEncoder);
}

function absolute(folder: string): string {
  const first = workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  const resolved = resolveModelFolder(folder, homedir(), first?.uri.fsPath);
  if (resolved === undefined)
    throw new UserError(
      l10n.t('The folder “{0}” is relative, but no folder is open. Write its full path.', folder),
    );
  return resolved;
}
