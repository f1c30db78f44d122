import * as l10n from './l10n';
import { element } from './element';
import { KEY_TABLE } from './keyboard';
import { createButton } from './toolkit';

/** The list of keys, in a dialog over the page. While it is open, it has the focus. */
export class KeyList {
  readonly element: HTMLDialogElement;

  constructor() {
    const close = createButton(l10n.t('Close'), 'secondary', () => {
      this.element.close();
    });
    this.element = element(
      'dialog',
      { class: 'key-list', 'aria-labelledby': 'key-list-title' },
      element('h2', { id: 'key-list-title' }, l10n.t('Keys')),
      ...keyGroups(),
      close.element,
    );
  }

  /** Opens the list. When it closes, the focus returns to where it was. */
  open(): void {
    if (!this.element.open) this.element.showModal();
  }
}

function keyGroups(): HTMLElement[] {
  return [
    { title: l10n.t('Everywhere'), inGrid: false },
    { title: l10n.t('In the grid'), inGrid: true },
  ].flatMap(({ title, inGrid }) => {
    const lines = new Map<string, string[]>();
    for (const { name, help, ...binding } of KEY_TABLE)
      if ((binding.inGrid === true) === inGrid) lines.set(help(), [...(lines.get(help()) ?? []), name()]);
    const list = [...lines].map(([help, names]) =>
      element(
        'div',
        {},
        element('dt', {}, ...names.flatMap((name) => [element('kbd', {}, name), ' '])),
        element('dd', {}, help),
      ),
    );
    return [element('h3', {}, title), element('dl', {}, ...list)];
  });
}
