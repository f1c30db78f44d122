import * as l10n from '../l10n';
import { hasDrafts } from '../drafts';
import { element, setText } from '../element';
import { meaningOf } from '../run-text';
import type { Trace } from '../trace';

/** Explains the marks of drafts, and says in one or two sentences what a confirmed draft means for the picture. */
export class DraftLegend {
  private readonly meaning = element('p', {});
  readonly element = element(
    'div',
    { class: 'draft-legend', hidden: true },
    element(
      'p',
      { class: 'kinds' },
      kind('draft-open', l10n.t('draft')),
      kind('draft-confirmed', l10n.t('confirmed')),
      kind('draft-corrected', l10n.t('corrected')),
      kind('front', l10n.t('front of a row')),
    ),
    this.meaning,
  );

  show(trace: Trace): void {
    this.element.hidden = !hasDrafts(trace);
    setText(this.meaning, meaningOf(trace.run.decoder.plainSteps));
  }
}

function kind(mark: string, text: string): HTMLElement {
  return element('span', {}, element('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }), text);
}
