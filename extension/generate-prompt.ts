import { l10n, ThemeIcon, type QuickInputButton } from 'vscode';
import type { Condition, ModelSummary } from '../sidecar/protocol';
import type { PromptHistory } from './prompt-history';
import { promptItems, type PromptItem } from './prompt-items';
import type { TypedReading } from './prompt-words';
import { chooseFile } from './window/file-dialogs';
import { ChoiceList, pickOne, type Choice } from './window/quick-inputs';

/** The result of the prompt's quick pick. */
export type PromptAnswer =
  | { readonly kind: 'condition'; readonly condition: Condition }
  /** The user pressed the gear, the lock of the seed, or the list of words. `value` is the text in the input. */
  | { readonly kind: 'choices' | 'seed' | 'words'; readonly value: string }
  | { readonly kind: 'dismissed' };

/** The prompts or classes drawn last, one history for each kind. */
export interface Histories {
  readonly prompts: PromptHistory;
  readonly classes: PromptHistory;
}

/** What the quick pick shows at first. */
export interface PromptBeginning {
  readonly value: string;
  /** Why the same text was refused a moment ago. */
  readonly refusal?: string | undefined;
  /** Whether the next images have one seed. */
  readonly isSeedKept: boolean;
}

/** What the quick pick asks for while it is open. */
export interface PromptHelp {
  readonly model: Promise<ModelSummary | undefined>;
  /** The choices in few words, for the title. */
  readonly summary: Promise<string>;
  /** Reads a prompt with the words of a model that draws prompts in words. */
  readonly read: (prompt: string, model: ModelSummary) => Promise<TypedReading>;
}

interface PickItem extends Choice {
  readonly item: PromptItem;
}

/**
 * Asks what to draw. The quick pick appears at once, while the sidecar may still be starting. Examples and completions appear
 * when the model is known, and the title names the choices when they are. If one of the two rejects, the quick pick closes and
 * this rejects too.
 */
export async function askForPrompt(
  beginning: PromptBeginning,
  help: PromptHelp,
  histories: Histories,
): Promise<PromptAnswer> {
  const prompt = new PromptPick(beginning, help, histories);
  try {
    return await prompt.show();
  } finally {
    prompt.dispose();
  }
}

/** Most characters of a prompt that is read while it is typed. */
const MOST_READ = 1000;

class PromptPick {
  private model: ModelSummary | undefined;
  private readonly pick: ChoiceList<PickItem>;
  private readonly gear: QuickInputButton = {
    iconPath: new ThemeIcon('gear'),
    tooltip: l10n.t('Decoder, Window, Seed, Guidance…'),
  };
  private readonly lock: QuickInputButton;
  private readonly book: QuickInputButton = {
    iconPath: new ThemeIcon('book'),
    tooltip: l10n.t('Words That the Model Knows'),
  };
  private readonly forget: QuickInputButton = {
    iconPath: new ThemeIcon('close'),
    tooltip: l10n.t('Remove from History'),
  };
  /** What the model makes of the last text that it read. */
  private reading: TypedReading | undefined;

  constructor(
    private readonly beginning: PromptBeginning,
    private readonly help: PromptHelp,
    private readonly histories: Histories,
  ) {
    this.lock = beginning.isSeedKept
      ? { iconPath: new ThemeIcon('lock'), tooltip: l10n.t('One Seed: Draw a New One for Each Image Again') }
      : { iconPath: new ThemeIcon('unlock'), tooltip: l10n.t('New Seed for Each Image: Keep One Instead') };
    this.pick = new ChoiceList({ buttons: [this.lock, this.gear] });
    this.pick.title = l10n.t('Generate Image');
    this.pick.value = beginning.value;
    this.pick.busy = true;
  }

  dispose(): void {
    this.pick.dispose();
  }

  async show(): Promise<PromptAnswer> {
    const answer = new Promise<PromptAnswer>((resolve, reject) => {
      this.pick.onDidHide(() => {
        resolve({ kind: 'dismissed' });
      });
      this.pick.onDidTriggerButton((button) => {
        const kind = button === this.lock ? 'seed' : button === this.book ? 'words' : 'choices';
        resolve({ kind, value: this.pick.value });
      });
      this.pick.onDidAccept(() => {
        this.accept().then((accepted) => {
          if (accepted) resolve(accepted);
        }, reject);
      });
      this.help.model.then((model) => {
        this.model = model;
        this.pick.busy = false;
        if (model?.condition === 'words') this.pick.buttons = [this.book, this.lock, this.gear];
        this.refresh();
        this.read();
      }, reject);
      this.help.summary.then((text) => {
        this.pick.title = `${l10n.t('Generate Image')} · ${text}`;
      }, reject);
    });
    this.pick.onDidChangeValue(() => {
      this.refresh();
      this.read();
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

  /** Lets the model's words read the text. The lines show the result unless the text has changed by then. */
  private read(): void {
    const prompt = this.pick.value.trim();
    if (prompt === '' || prompt.length > MOST_READ || this.model?.condition !== 'words') return;
    this.help.read(prompt, this.model).then(
      (reading) => {
        this.reading = reading;
        if (reading.prompt === this.pick.value.trim()) this.refresh();
      },
      // Without a reading, the prompt can be drawn all the same. The sidecar then says what is wrong.
      () => undefined,
    );
  }

  private refresh(): void {
    this.pick.placeholder = placeholder(this.model);
    this.pick.matchOnDescription = this.model?.condition === 'class';
    const { prompts, classes } = this.histories;
    const recent = { prompts: prompts.entries, classes: classes.entries };
    const { value, refusal } = this.beginning;
    const isRefused = refusal !== undefined && this.pick.value === value;
    const [first, ...others] = promptItems(this.pick.value, recent, this.model, this.reading);
    this.pick.choices = [
      ...(first ? [first] : []),
      ...(isRefused ? [{ kind: 'refused', reason: refusal } as const] : []),
      ...others,
    ].map((item) => this.present(item));
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
        // The text would match the input, and the line would go above the mended text.
        return item.leftOut.length > 0
          ? {
              ...always,
              icon: 'warning',
              label: l10n.t('Generate without {0}', listed(item.leftOut)),
              description: item.text,
            }
          : { ...always, icon: 'sparkle', label: l10n.t('Generate: {0}', item.text) };
      case 'mended':
        return {
          ...always,
          icon: 'sparkle',
          label: l10n.t('Generate with {0}', listed(item.replacements)),
          description: item.text,
        };
      case 'no-known-word':
        return {
          ...always,
          icon: 'warning',
          label: l10n.t('The model knows none of these words: {0}', listed(item.unknown)),
        };
      case 'refused':
        return { ...always, icon: 'error', label: l10n.t('Not generated'), detail: item.reason };
      case 'words':
        return {
          ...always,
          icon: 'book',
          label: '',
          description: l10n.t('{0} words known: show them', item.count),
        };
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

  private async accept(): Promise<PromptAnswer | undefined> {
    const item = this.pick.selected[0]?.item;
    // Without an item, Enter came before the first items did.
    if (!item || item.kind === 'typed') return this.typed();
    switch (item.kind) {
      case 'mended':
        // The line may still be of the text before the last key.
        return item.typed === this.pick.value.trim() ? promptAnswer(item.text) : this.typed();
      case 'history':
      case 'example':
        return promptAnswer(item.text);
      case 'completion':
        this.pick.value = item.text;
        this.refresh();
        return undefined;
      case 'class':
        return { kind: 'condition', condition: { kind: 'class', label: item.label } };
      case 'choose-caption':
        return chooseCaption();
      case 'words':
        return { kind: 'words', value: this.pick.value };
      case 'no-known-word':
      case 'refused':
      case 'not-a-class':
      case 'not-a-generator':
        return undefined;
    }
  }

  private typed(): PromptAnswer | undefined {
    const prompt = this.pick.value.trim();
    return prompt === '' ? undefined : promptAnswer(prompt);
  }
}

function promptAnswer(prompt: string): PromptAnswer {
  return { kind: 'condition', condition: { kind: 'prompt', prompt } };
}

/** Words in quotation marks: “a”, “b”. */
function listed(words: readonly string[]): string {
  return words.map((word) => l10n.t('“{0}”', word)).join(', ');
}

/** Lists the words that a model knows. Undefined when the user chooses none. */
export async function chooseWord(words: readonly string[]): Promise<string | undefined> {
  const items = words.map((label) => ({ label }));
  const chosen = await pickOne(items, {
    title: l10n.t('{0} Words That the Model Knows', words.length),
    placeHolder: l10n.t('Choose a word to add it to the prompt'),
  });
  return chosen?.label;
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

async function chooseCaption(): Promise<PromptAnswer | undefined> {
  const file = (await chooseFile(l10n.t('Caption File'), { safetensors: ['safetensors'] }))?.fsPath;
  return file === undefined ? undefined : { kind: 'condition', condition: { kind: 'caption', file } };
}
