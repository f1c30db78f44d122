import { ConfigurationTarget, l10n, window, workspace, type QuickPickItem } from 'vscode';
import type { ModelSummary } from '../sidecar/protocol';
import { modelSetting } from './model-list';
import { readSettings } from './settings';

interface ModelItem extends QuickPickItem {
  readonly model?: ModelSummary;
}

/** Lets the user choose the model for this and later images. */
export async function selectModel(
  models: readonly ModelSummary[],
  current: ModelSummary | undefined,
): Promise<void> {
  const items: ModelItem[] = models.map((model) => ({
    label: model.name,
    description: model === current ? l10n.t('current') : '',
    detail: describe(model),
    model,
  }));
  const addFolder: ModelItem = {
    label: `$(folder-opened) ${l10n.t('Add a Model Folder…')}`,
    alwaysShow: true,
  };
  const chosen = await window.showQuickPick([...items, addFolder], {
    title: l10n.t('Select Model'),
    placeHolder: l10n.t('The model that draws the next images'),
    matchOnDetail: true,
  });
  if (!chosen) return;
  if (chosen.model) await remember('model', modelSetting(chosen.model, models, readSettings().modelFolders));
  else await addModelFolder();
}

function describe({ grid: [height, width], imageSize, condition, weightBytes }: ModelSummary): string {
  const draws = {
    class: l10n.t('draws classes'),
    'caption-embedding': l10n.t('draws caption embeddings'),
    text: l10n.t('draws prompts'),
    words: l10n.t('draws prompts'),
    none: l10n.t('draws nothing by itself'),
  }[condition];
  const tokens = l10n.t('{0} tokens', `${height}×${width}`);
  const size = imageSize ? l10n.t('{0} pixels', `${imageSize[0]}×${imageSize[1]}`) : l10n.t('tokens only');
  return [draws, tokens, size, `${(weightBytes / 1e6).toFixed(1)} MB`].join(' · ');
}

async function addModelFolder(): Promise<void> {
  const picked = await window.showOpenDialog({
    title: l10n.t('Folder of a model'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  const folder = picked?.[0]?.fsPath;
  if (folder === undefined) return;
  const folders = workspace.getConfiguration('ziparStudio').get<string[]>('modelFolders', []);
  if (!folders.includes(folder)) await remember('modelFolders', [...folders, folder]);
}

/** In the workspace's settings when they already decide it, else in the user's. */
async function remember(name: string, value: unknown): Promise<void> {
  const settings = workspace.getConfiguration('ziparStudio');
  const inWorkspace = settings.inspect(name)?.workspaceValue !== undefined;
  await settings.update(
    name,
    value,
    inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
  );
}
