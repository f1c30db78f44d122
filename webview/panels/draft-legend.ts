import { hasDrafts } from '../drafts';
import { element, setText } from '../element';
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
      kind('draft-open', 'draft'),
      kind('draft-confirmed', 'confirmed'),
      kind('draft-corrected', 'corrected'),
      kind('front', 'front of a row'),
    ),
    this.meaning,
  );

  show(trace: Trace): void {
    this.element.hidden = !hasDrafts(trace);
    setText(this.meaning, meaningOf(trace.run.decoder.plainSteps));
  }
}

/** @param plainSteps steps in which a decoder without drafts makes the same picture; undefined if it makes another one */
export function meaningOf(plainSteps: number | undefined): string {
  const draft = 'A draft is a guess for a cell whose turn has not come.';
  return plainSteps === undefined
    ? `${draft} A confirmed draft passed the test of a later step and stays.`
    : `${draft} It is confirmed if the model draws the same token once all before it is decided: the picture is the one of ${plainSteps} steps without drafts.`;
}

function kind(mark: string, text: string): HTMLElement {
  return element('span', {}, element('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }), text);
}
