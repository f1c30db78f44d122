/**
 * The only file that imports @vscode/webview-ui-toolkit. It registers the components in use and makes them. To replace the
 * toolkit, rewrite this file.
 */
import {
  Button,
  Checkbox,
  Dropdown,
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { icon, setAttributes } from './element';

/** Registers the components. Call it before the window's `load` event. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
  );
}

export interface ButtonHandle {
  readonly element: HTMLElement;
  setEnabled(enabled: boolean): void;
}

export function createButton(
  label: string,
  appearance: 'primary' | 'secondary',
  onClick: () => void,
): ButtonHandle {
  const button = new Button();
  setAttributes(button, { appearance });
  button.textContent = label;
  onPress(button, onClick);
  return handle(button);
}

export interface IconButtonHandle extends ButtonHandle {
  /** Changes the button's icon and label. */
  show(path: string, label: string): void;
}

/** Makes a button that shows an icon. `label` is its tooltip and its accessible name. */
export function createIconButton(path: string, label: string, onClick: () => void): IconButtonHandle {
  const button = new Button();
  const show = (newPath: string, newLabel: string): void => {
    setAttributes(button, { title: newLabel, 'aria-label': newLabel });
    button.replaceChildren(icon(newPath));
  };
  show(path, label);
  setAttributes(button, { appearance: 'icon' });
  onPress(button, onClick);
  return { ...handle(button), show };
}

/** A disabled button would lose the keyboard's focus. So a button that can do nothing now only says so. */
function onPress(button: Button, onClick: () => void): void {
  button.addEventListener('click', () => {
    if (isEnabled(button)) onClick();
  });
}

function isEnabled(button: Button): boolean {
  return button.getAttribute('aria-disabled') !== 'true';
}

function handle(button: Button): ButtonHandle {
  return {
    element: button,
    setEnabled: (enabled) => {
      if (isEnabled(button) !== enabled)
        setAttributes(button, { 'aria-disabled': enabled ? 'false' : 'true' });
    },
  };
}

/** A control that chooses among named values. */
export interface DropdownHandle<Value extends string> {
  readonly element: HTMLElement;
  /** Offers other values. The first value is chosen if `chosen` is not among them. */
  setChoices(choices: readonly (readonly [value: Value, name: string])[], chosen: Value): void;
  /** Chooses a value without telling the listener. */
  choose(value: Value): void;
}

/** Makes a control that chooses among named values. */
export function createDropdown<Value extends string>(
  label: string,
  choices: readonly (readonly [value: Value, name: string])[],
  chosen: Value,
  onChange: (value: Value) => void,
): DropdownHandle<Value> {
  const dropdown = new Dropdown();
  setAttributes(dropdown, { 'aria-label': label });
  let offered = choices;
  const offer = (selected: Value): void => {
    const options = offered.map(([value, name]) => {
      const option = document.createElement('vscode-option');
      setAttributes(option, { value, selected: value === selected });
      option.textContent = name;
      return option;
    });
    dropdown.replaceChildren(...options);
  };
  offer(chosen);
  dropdown.addEventListener('change', () => {
    const choice = offered.find(([value]) => value === dropdown.value);
    if (choice) onChange(choice[0]);
  });
  return {
    element: dropdown,
    setChoices: (next, selected) => {
      if (next.flat().join('\n') === offered.flat().join('\n')) return;
      offered = next;
      offer(selected);
    },
    choose: (value) => {
      if (dropdown.value !== value) offer(value);
    },
  };
}

/** A control that is on or off. */
export interface CheckboxHandle {
  readonly element: HTMLElement;
  setChecked(checked: boolean): void;
}

export function createCheckbox(
  label: string,
  checked: boolean,
  onChange: (checked: boolean) => void,
): CheckboxHandle {
  const checkbox = new Checkbox();
  checkbox.textContent = label;
  checkbox.checked = checked;
  let isTold = false;
  checkbox.addEventListener('change', () => {
    if (!isTold) onChange(checkbox.checked);
  });
  return {
    element: checkbox,
    setChecked: (to) => {
      if (checkbox.checked === to) return;
      isTold = true;
      checkbox.checked = to;
      isTold = false;
    },
  };
}

/** Makes a ring that shows that something is in progress for an unknown time. */
export function createProgressRing(label: string): HTMLElement {
  const ring = document.createElement('vscode-progress-ring');
  setAttributes(ring, { 'aria-label': label });
  return ring;
}
