import path from 'node:path';
import type { ModelSummary } from '../sidecar/protocol';
import type { Log } from './log';
import { looksLikePath } from './model-folder';
import { UserError } from './report-error';
import { settingPath } from './setting-path';
import type { StudioSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import { showWarning } from './window/notifications';

/** Warnings about `ziparStudio.modelFolders` that were already shown. Each is shown once in a window. */
const warnings = new Set<string>();

/** Lists the models that the sidecar finds. Those that ship with the product come first. Unreadable folders go to the log. */
export async function listModels(
  client: SidecarClient,
  settings: StudioSettings,
  log: Log,
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

/** Finds the settings' model in the list. An empty setting means the first model. */
export function chosenModel(models: readonly ModelSummary[], wanted: string): ModelSummary | undefined {
  if (wanted === '') return models[0];
  return models.find(({ folder }) => folder === wanted || path.basename(folder) === wanted);
}

/** The value of `ziparStudio.model` for a model. A model that ships is not stored as a path, because an update moves it. */
export function modelSetting(
  model: ModelSummary,
  models: readonly ModelSummary[],
  modelFolders: readonly string[],
): string {
  if (model === models[0]) return '';
  const isUsers = knownFolders(modelFolders).includes(model.folder);
  return isUsers ? model.folder : path.basename(model.folder);
}

/** `ziparStudio.model` in the form that the sidecar takes: empty, a name, or an absolute path. */
export function requestedModel({ model }: Pick<StudioSettings, 'model'>): string {
  return looksLikePath(model) ? settingPath('ziparStudio.model', model) : model;
}

/** `ziparStudio.textEncoder` in the form that the sidecar takes: empty, or an absolute path. */
export function requestedTextEncoder({ textEncoder }: Pick<StudioSettings, 'textEncoder'>): string {
  return textEncoder === '' ? '' : settingPath('ziparStudio.textEncoder', textEncoder);
}

/** The folders of `ziparStudio.modelFolders`. An unresolvable one is left out; if a log is given, the log says so. */
function knownFolders(modelFolders: readonly string[], log?: Log): readonly string[] {
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

function warnOnce(warning: string, log: Log): void {
  log.warn(warning);
  if (warnings.has(warning)) return;
  warnings.add(warning);
  void showWarning(warning);
}
