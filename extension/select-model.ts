import { commands, l10n } from 'vscode';
import type { ModelSummary } from '../sidecar/protocol';
import { modelSetting } from './model-list';
import { rememberSetting } from './remember-setting';
import { readSettings } from './settings';
import { pickOne, type Choice } from './window/quick-inputs';

interface ModelItem extends Choice {
  readonly model?: ModelSummary;
}

/** Lets the user choose the model for this image and later ones. Resolves with whether the user chose one of the list. */
export async function selectModel(
  models: readonly ModelSummary[],
  current: ModelSummary | undefined,
): Promise<boolean> {
  const items: ModelItem[] = models.map((model) => ({
    label: model.name,
    description: model === current ? l10n.t('current') : '',
    detail: describe(model),
    model,
  }));
  const add: ModelItem = { icon: 'add', label: l10n.t('Add Model…'), alwaysShow: true };
  const chosen = await pickOne([...items, add], {
    title: l10n.t('Select Model'),
    placeHolder: l10n.t('The model that draws the next images'),
    matchOnDetail: true,
  });
  if (!chosen) return false;
  if (chosen.model)
    await rememberSetting('model', modelSetting(chosen.model, models, readSettings().modelFolders));
  else await commands.executeCommand('ziparStudio.addModel');
  return chosen.model !== undefined;
}

function describe({ grid: [height, width], imageSize, condition, weightBytes }: ModelSummary): string {
  const draws = {
    class: l10n.t('draws classes'),
    'caption-embedding': l10n.t('draws caption embeddings'),
    text: l10n.t('draws prompts'),
    prompt: l10n.t('draws prompts'),
    words: l10n.t('draws prompts'),
    none: l10n.t('draws nothing by itself'),
  }[condition];
  const tokens = l10n.t('{0} tokens', `${height}×${width}`);
  const size = imageSize ? l10n.t('{0} pixels', `${imageSize[0]}×${imageSize[1]}`) : l10n.t('tokens only');
  return [draws, tokens, size, `${(weightBytes / 1e6).toFixed(1)} MB`].join(' · ');
}
