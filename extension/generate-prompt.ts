import { l10n, ThemeIcon, type QuickInputButton } from 'vscode';
import type { Condition, ModelSummary } from '../sidecar/protocol';
import type { PromptHistory } from './prompt-history';
import { promptItems, type PromptItem } from './prompt-items';
import { chooseFile } from './window/file-dialogs';
import { ChoiceList, type Choice } from './window/quick-inputs';

/** The result of the prompt's quick pick. */
export type PromptAnswer =
  | { readonly kind: 'condition'; readonly condition: Condition }
  /** The user pressed the gear; `value` is the text in the input. */
  | { readonly kind: 'choices'; readonly value: string }
  | { readonly kind: 'dismissed' };

/** The prompts or classes drawn last, one history for each kind. */
export interface Histories {
  readonly prompts: PromptHistory;
  readonly classes: PromptHistory;
}

interface PickItem extends Choice {
  readonly item: PromptItem;
}

/**
 * Asks what to draw. The quick pick appears at once, while the sidecar may still be starting. Examples and completions appear
 * when `model` resolves, and the title names the choices when `summary` resolves. If one of the two rejects, the quick pick
 * closes and this rejects too.
 */
export async function askForPrompt(
  value: string,
  summary: Promise<string>,
  model: Promise<ModelSummary | undefined>,
  histories: Histories,
): Promise<PromptAnswer> {
  const prompt = new PromptPick(value, histories);
  try {
    return await prompt.show(model, summary);
  } finally {
    prompt.dispose();
  }
}

class PromptPick {
  private model: ModelSummary | undefined;
  private readonly pick: ChoiceList<PickItem>;
  private readonly gear: QuickInputButton = {
    iconPath: new ThemeIcon('gear'),
    tooltip: l10n.t('Decoder, Window, Seed, Guidance…'),
  };
  private readonly forget: QuickInputButton = {
    iconPath: new ThemeIcon('close'),
    tooltip: l10n.t('Remove from History'),
  };

  constructor(
    value: string,
    private readonly histories: Histories,
  ) {
    this.pick = new ChoiceList({ buttons: [this.gear] });
    this.pick.title = l10n.t('Generate Image');
    this.pick.value = value;
    this.pick.busy = true;
  }

  dispose(): void {
    this.pick.dispose();
  }

  async show(model: Promise<ModelSummary | undefined>, summary: Promise<string>): Promise<PromptAnswer> {
    const answer = new Promise<PromptAnswer>((resolve, reject) => {
      this.pick.onDidHide(() => {
        resolve({ kind: 'dismissed' });
      });
      this.pick.onDidTriggerButton(() => {
        resolve({ kind: 'choices', value: this.pick.value });
      });
      this.pick.onDidAccept(() => {
        this.accept().then((condition) => {
          if (condition) resolve({ kind: 'condition', condition });
        }, reject);
      });
      model.then((summary) => {
        this.model = summary;
        this.pick.busy = false;
        this.refresh();
      }, reject);
      summary.then((text) => {
        this.pick.title = `${l10n.t('Generate Image')} · ${text}`;
      }, reject);
    });
    this.pick.onDidChangeValue(() => {
      this.refresh();
    });
    this.pick.onDidTriggerItemButton(async ({ item }) => {
      if (item.kind === 'history') await this.histories.prompts.remove(item.text);
      if (item.kind === 'class') await this.histories.classes.remove(String(item.label));
      this.refresh();
    });
    this.refresh();
    this.pick.show();
    return answer;
  }

  private refresh(): void {
    this.pick.placeholder = placeholder(this.model);
    this.pick.matchOnDescription = this.model?.condition === 'class';
    const { prompts, classes } = this.histories;
    const recent = { prompts: prompts.entries, classes: classes.entries };
    this.pick.choices = promptItems(this.pick.value, recent, this.model).map((item) => this.present(item));
  }

  /**
   * Shows an item as a line of the quick pick. The quick pick sorts by how well labels match the input. So suggestions for
   * typed text carry their text as the description, which is not matched. The typed text stays on top, and Enter takes it. This
   * holds even while a remote window still shows the items for the previous letter.
   */
  private present(item: PromptItem): PickItem {
    const always = { item, alwaysShow: true };
    const suggestion = (icon: string, text: string) =>
      this.pick.value.trim() === ''
        ? { ...always, icon, label: text }
        : { ...always, icon, label: '', description: text };
    switch (item.kind) {
      case 'typed':
        return { ...always, icon: 'sparkle', label: l10n.t('Generate: {0}', item.text) };
      case 'class':
        return { ...always, ...presentClass(item), ...(item.isRecent ? { buttons: [this.forget] } : {}) };
      case 'completion':
        return suggestion('text-size', item.text);
      case 'history':
        return { ...suggestion('history', item.text), buttons: [this.forget] };
      case 'example':
        return suggestion('lightbulb', item.text);
      case 'choose-caption':
        return { ...always, icon: 'file', label: l10n.t('Choose a Caption File…') };
      case 'not-a-class':
        return { ...always, icon: 'info', label: askForClass(item.hasNames, item.last) };
      case 'not-a-generator':
        return { ...always, icon: 'info', label: l10n.t('Choose another model with ZipAR: Select Model.') };
    }
  }

  private async accept(): Promise<Condition | undefined> {
    const item = this.pick.selected[0]?.item;
    // Without an item, Enter came before the first items did.
    if (!item || item.kind === 'typed') return this.typed();
    switch (item.kind) {
      case 'history':
      case 'example':
        return { kind: 'prompt', prompt: item.text };
      case 'completion':
        this.pick.value = item.text;
        this.refresh();
        return undefined;
      case 'class':
        return { kind: 'class', label: item.label };
      case 'choose-caption':
        return chooseCaption();
      case 'not-a-class':
      case 'not-a-generator':
        return undefined;
    }
  }

  private typed(): Condition | undefined {
    const prompt = this.pick.value.trim();
    return prompt === '' ? undefined : { kind: 'prompt', prompt };
  }
}

/** Shows a class with its usual name first. The search also matches its number and all synonyms. */
function presentClass({ label, name, isRecent }: PromptItem & { kind: 'class' }): Choice {
  if (name === '') return { icon: 'sparkle', label: l10n.t('Generate class {0}', label) };
  const [usual = '', ...synonyms] = name.split(', ');
  return {
    ...(isRecent && { icon: 'history' }),
    label: usual,
    description: [String(label), ...synonyms].join(' · '),
  };
}

function askForClass(hasNames: boolean, last: number): string {
  return hasNames
    ? l10n.t('Type the name of a class, or a number from 0 to {0}', last)
    : l10n.t('Type the number of a class, 0 to {0}', last);
}

function placeholder(model: ModelSummary | undefined): string {
  if (!model) return l10n.t('Describe the image');
  switch (model.condition) {
    case 'words':
      return l10n.t('Describe the image, for example: {0}', model.examples[0] ?? model.words[0] ?? '…');
    case 'text':
    case 'prompt':
      return l10n.t('Describe the image');
    case 'class':
      return askForClass(model.classNames.length > 0, model.classes - 1);
    case 'caption-embedding':
      return l10n.t(
        'A .safetensors file with the embedding of a caption; for prompts, set {0}',
        'ziparStudio.textEncoder',
      );
    case 'none':
      return l10n.t('This model only turns tokens into pictures; it draws nothing by itself');
  }
}

async function chooseCaption(): Promise<Condition | undefined> {
  const file = (await chooseFile(l10n.t('Caption File'), { safetensors: ['safetensors'] }))?.fsPath;
  return file === undefined ? undefined : { kind: 'caption', file };
}
