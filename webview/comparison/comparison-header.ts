import { secondsText } from '../durations';
import { element, setText } from '../element';
import * as l10n from '../l10n';
import { conditionText, settingsText } from '../run-text';
import { createButton } from '../toolkit';
import { msUpTo, stepsDone } from '../trace';
import { SIDE_NAMES, type Comparison } from './comparison';

/** What the user can do with a comparison as a whole. */
export interface ComparisonActions {
  swap(): void;
  compareWith(): void;
}

/** Says which runs are compared, and how each was made. */
export class ComparisonHeader {
  private readonly title = element('h1', {});
  private readonly details = SIDE_NAMES.map((name) => ({
    name,
    text: element('span', {}),
  }));
  readonly element: HTMLElement;

  constructor(actions: ComparisonActions) {
    const swap = createButton(l10n.t('Swap'), 'secondary', () => {
      actions.swap();
    });
    const other = createButton(l10n.t('Compare With…'), 'secondary', () => {
      actions.compareWith();
    });
    this.element = element(
      'header',
      { class: 'run-header' },
      element(
        'div',
        { class: 'run' },
        this.title,
        ...this.details.map(({ name, text }) =>
          element('p', { class: 'details' }, element('b', { class: 'side-name' }, name), text),
        ),
      ),
      element(
        'div',
        { class: 'actions', role: 'group', 'aria-label': l10n.t('Actions') },
        swap.element,
        other.element,
      ),
    );
  }

  show({ runs }: Comparison): void {
    const titles = runs.map(({ trace }) => conditionText(trace.run.settings));
    setText(this.title, [...new Set(titles)].join(' ↔ '));
    for (const [side, { text }] of this.details.entries()) {
      const run = runs[side];
      if (!run) continue;
      const { trace, name } = run;
      const steps = stepsDone(trace);
      const made = l10n.t('{0} steps in {1}', steps, secondsText(msUpTo(trace, steps)));
      setText(text, [...settingsText(trace.run), made, name].join(' · '));
    }
  }
}
