import {
  window,
  type Disposable,
  type InputBox,
  type QuickInputButton,
  type QuickPick,
  type QuickPickItem,
  type QuickPickItemKind,
} from 'vscode';
import { ask, LastingInput } from './lasting-input';
import { plainText } from './plain-text';

/** A line of a list. Its texts are always shown as plain text; the icon is a separate field. */
export interface Choice {
  /** Name of a VS Code icon, such as `add`. */
  readonly icon?: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly kind?: QuickPickItemKind;
  readonly alwaysShow?: boolean;
  readonly buttons?: readonly QuickInputButton[];
}

interface Shown<T> extends QuickPickItem {
  readonly choice: T;
}

/** Lets the user choose one line. Undefined when the user cancels. @param choices the list is busy until they are there */
export async function pickOne<T extends Choice>(
  choices: readonly T[] | Promise<readonly T[]>,
  options: { readonly title: string; readonly placeHolder?: string; readonly matchOnDetail?: boolean },
): Promise<T | undefined> {
  const lines = Promise.resolve(choices).then((all): Shown<T>[] => all.map(shown));
  const chosen = await ask(() =>
    window.showQuickPick<Shown<T>>(lines, {
      ...options,
      title: plainText(options.title),
      ...(options.placeHolder !== undefined && { placeHolder: plainText(options.placeHolder) }),
    }),
  );
  return chosen?.choice;
}

function shown<T extends Choice>(choice: T): Shown<T> {
  const { icon, label, description, detail, buttons, ...rest } = choice;
  const text = plainText(label);
  return {
    ...(rest.kind !== undefined && { kind: rest.kind }),
    ...(rest.alwaysShow !== undefined && { alwaysShow: rest.alwaysShow }),
    ...(buttons !== undefined && { buttons }),
    label: icon === undefined ? text : `$(${icon}) ${text}`.trim(),
    ...(description !== undefined && { description: plainText(description) }),
    ...(detail !== undefined && { detail: plainText(detail) }),
    choice,
  };
}

/** A list that changes while it is open. Dispose of the list after use. */
export class ChoiceList<T extends Choice> implements Disposable {
  private readonly pick: QuickPick<Shown<T>> = window.createQuickPick<Shown<T>>();
  private readonly lasting = new LastingInput(this.pick);
  readonly onDidHide = this.lasting.onDidHide;
  readonly onDidAccept = this.pick.onDidAccept;
  readonly onDidTriggerButton = this.pick.onDidTriggerButton;
  readonly onDidChangeValue = this.pick.onDidChangeValue;

  constructor({
    canSelectMany = false,
    buttons,
  }: {
    readonly canSelectMany?: boolean;
    readonly buttons: readonly QuickInputButton[];
  }) {
    this.pick.canSelectMany = canSelectMany;
    this.pick.buttons = buttons;
  }

  set title(text: string) {
    this.pick.title = plainText(text);
  }

  set placeholder(text: string) {
    this.pick.placeholder = plainText(text);
  }

  set buttons(buttons: readonly QuickInputButton[]) {
    this.pick.buttons = buttons;
  }

  set busy(isBusy: boolean) {
    this.pick.busy = isBusy;
  }

  set matchOnDescription(isMatched: boolean) {
    this.pick.matchOnDescription = isMatched;
  }

  /** The text in the input, as the user typed it. */
  get value(): string {
    return this.pick.value;
  }

  set value(text: string) {
    this.pick.value = text;
  }

  set choices(choices: readonly T[]) {
    this.pick.items = choices.map(shown);
  }

  get selected(): readonly T[] {
    return this.pick.selectedItems.map(({ choice }) => choice);
  }

  /** Ticks the choices that `isSelected` accepts. */
  select(isSelected: (choice: T) => boolean): void {
    this.pick.selectedItems = this.pick.items.filter(({ choice }) => isSelected(choice));
  }

  onDidChangeSelection(listener: () => void): Disposable {
    return this.pick.onDidChangeSelection(listener);
  }

  onDidTriggerItemButton(listener: (choice: T) => unknown): Disposable {
    return this.pick.onDidTriggerItemButton(({ item }) => listener(item.choice));
  }

  show(): void {
    this.lasting.show();
  }

  dispose(): void {
    this.lasting.dispose();
  }
}

/**
 * Lets the user choose one line, or type a value that is not listed. `typed` makes the line of a typed text; the line stands
 * above the others. Undefined when the user cancels.
 */
export async function pickOrType<T extends Choice>(
  choices: readonly T[],
  options: { readonly title: string; readonly placeHolder: string },
  typed: (text: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  const list = new ChoiceList<T>({ buttons: [] });
  try {
    list.title = options.title;
    list.placeholder = options.placeHolder;
    list.choices = choices;
    list.onDidChangeValue(async () => {
      const { value } = list;
      const own = value.trim() === '' ? undefined : await typed(value.trim());
      if (value === list.value) list.choices = own ? [{ ...own, alwaysShow: true }, ...choices] : choices;
    });
    return await new Promise<T | undefined>((resolve) => {
      list.onDidHide(() => {
        resolve(undefined);
      });
      list.onDidAccept(() => {
        if (list.selected[0]) resolve(list.selected[0]);
      });
      list.show();
    });
  } finally {
    list.dispose();
  }
}

/** Asks for one line of text. Undefined when the user cancels. */
export async function askForText(options: {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string;
  readonly placeHolder?: string;
  readonly password?: boolean;
  readonly ignoreFocusOut?: boolean;
  /** Says what is wrong with a value; undefined if the value is right. */
  readonly problemWith: (value: string) => string | undefined;
}): Promise<string | undefined> {
  const { problemWith, title, prompt, ...rest } = options;
  return ask(() =>
    window.showInputBox({
      ...rest,
      title: plainText(title),
      prompt: plainText(prompt),
      validateInput: (value) => {
        const problem = problemWith(value);
        return problem === undefined ? undefined : plainText(problem);
      },
    }),
  );
}

/** An input that stays open while its value is checked. Dispose of the input after use. */
export class TextInput implements Disposable {
  private readonly input: InputBox = window.createInputBox();
  private readonly lasting = new LastingInput(this.input);
  readonly onDidHide = this.lasting.onDidHide;
  readonly onDidAccept = this.input.onDidAccept;
  readonly onDidChangeValue = this.input.onDidChangeValue;

  constructor(texts: {
    readonly title: string;
    readonly placeholder: string;
    readonly prompt: string;
    readonly value: string;
  }) {
    this.input.title = plainText(texts.title);
    this.input.placeholder = plainText(texts.placeholder);
    this.input.prompt = plainText(texts.prompt);
    this.input.value = texts.value;
  }

  get value(): string {
    return this.input.value;
  }

  /** What is wrong with the value; undefined if the value is right. */
  set problem(text: string | undefined) {
    this.input.validationMessage = text === undefined ? undefined : plainText(text);
  }

  show(): void {
    this.lasting.show();
  }

  dispose(): void {
    this.lasting.dispose();
  }
}
