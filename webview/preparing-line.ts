import * as l10n from './l10n';
import { element, setText } from './element';
import { createButton } from './toolkit';

/** Says above everything else what is done before the next run begins, such as loading its model. */
export class PreparingLine {
  private readonly text = element('p', { role: 'status' });
  readonly element: HTMLElement;

  constructor(onCancel: () => void) {
    const cancel = createButton(l10n.t('Cancel'), 'secondary', onCancel);
    this.element = element('div', { class: 'preparing' }, this.text, cancel.element);
    this.element.hidden = true;
  }

  /** @param text undefined when nothing is done */
  show(text: string | undefined): void {
    this.element.hidden = text === undefined;
    setText(this.text, text ?? '');
  }
}
