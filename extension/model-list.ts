import * as path from 'node:path';
import type { LogOutputChannel } from 'vscode';
import type { ModelSummary } from '../sidecar/protocol';
import { looksLikePath } from './model-folder';
import { UserError } from './report-error';
import { settingPath } from './setting-path';
import type { StudioSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import { showWarning } from './window/notifications';

/** Warnings about `ziparStudio.modelFolders` that were shown: each is shown once in a window. */
const warnings = new Set<string>();

/** The models the sidecar finds, those that ship with the product first. What it could not read goes to the log. */
export async function listModels(
  client: SidecarClient,
  settings: StudioSettings,
  log: LogOutputChannel,
): Promise<readonly ModelSummary[]> {
  const model = requestedModel(settings);
  const named = looksLikePath(model) ? [model] : [];
  const folders = [...knownFolders(settings.modelFolders, log), ...named];
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
  const isUsers = knownFolders(modelFolders).includes(model.folder);
  return isUsers ? model.folder : path.basename(model.folder);
}

/** `ziparStudio.model` as the sidecar takes it: empty, a name, or an absolute path. */
export function requestedModel({ model }: Pick<StudioSettings, 'model'>): string {
  return looksLikePath(model) ? settingPath('ziparStudio.model', model) : model;
}

/** `ziparStudio.textEncoder` as the sidecar takes it: empty, or an absolute path. */
export function requestedTextEncoder({ textEncoder }: Pick<StudioSettings, 'textEncoder'>): string {
  return textEncoder === '' ? '' : settingPath('ziparStudio.textEncoder', textEncoder);
}

/** The folders of `ziparStudio.modelFolders`. One that cannot be known here is passed over and, with a log, said. */
function knownFolders(modelFolders: readonly string[], log?: LogOutputChannel): readonly string[] {
  return modelFolders.flatMap((folder) => {
    try {
      return [settingPath('ziparStudio.modelFolders', folder)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (log) warnOnce(error.message, log);
      return [];
    }
  });
}

function warnOnce(warning: string, log: LogOutputChannel): void {
  log.warn(warning);
  if (warnings.has(warning)) return;
  warnings.add(warning);
  void showWarning(warning);
}
