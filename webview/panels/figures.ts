import * as l10n from '../l10n';
import { durationText, secondsText } from '../durations';
import { element, setText } from '../element';
import type { Panel, RunView } from './panel';

/** Shows the numbers of a step and of its run. */
export class Figures implements Panel {
  readonly element = element('dl', { class: 'figures' });
  private readonly saved = this.add(
    l10n.t('fewer steps than raster order'),
    'figure-saved',
    l10n.t('Raster order decides one token a step, row after row.'),
  );
  private readonly steps = this.add(l10n.t('steps so far'), 'figure-steps');
  private readonly raster = this.add(
    l10n.t('raster steps'),
    'figure-raster',
    l10n.t('Raster order decides one token a step, row after row.'),
  );
  private readonly plain = this.add(l10n.t('steps, same picture'), 'figure-plain');
  private readonly tokens = this.add(l10n.t('tokens this step'), 'figure-tokens');
  private readonly drafts = this.add(l10n.t('drafts confirmed'), 'figure-drafts');
  private readonly cells = this.add(l10n.t('tokens so far'), 'figure-cells');
  private readonly stepTime = this.add(l10n.t('this step'), 'figure-step-time');
  private readonly runTime = this.add(l10n.t('all steps'), 'figure-run-time');

  show({ step: view }: RunView): void {
    const { savedPercent: saved } = view;
    setText(this.saved, saved === undefined ? '–' : `${view.savedAtMost ? '≤ ' : ''}${saved} %`);
    setShare(this.steps, view.step, view.lastStep, view.isLastStepKnown ? '' : '+');
    setText(this.raster, l10n.count(view.rasterSteps));
    show(this.plain, view.drafts?.plainSteps !== undefined);
    if (view.drafts?.plainSteps !== undefined)
      setShare(this.plain, view.lastStep, view.drafts.plainSteps, '', view.isLastStepKnown ? '' : '≥ ');
    show(this.drafts, view.drafts !== undefined);
    if (view.drafts) setShare(this.drafts, view.drafts.confirmedNow, view.drafts.tried);
    setText(this.tokens, l10n.count(view.highlighted.length));
    setShare(this.cells, view.decidedCells, view.cells);
    setText(this.stepTime, view.stepMs === undefined ? '–' : durationText(view.stepMs));
    setText(this.runTime, secondsText(view.runMs));
  }

  private add(label: string, className: string, meaning = ''): HTMLElement {
    const value = element('dd', { class: className });
    this.element.append(
      element('div', meaning === '' ? {} : { title: meaning }, element('dt', {}, label), value),
    );
    return value;
  }
}

function show(value: HTMLElement, isShown: boolean): void {
  if (value.parentElement) value.parentElement.hidden = !isShown;
}

/**
 * Writes "12 of 76", with the whole in small print.
 * @param more "+" if the whole may still grow
 * @param least "≥ " if the part may still grow
 */
function setShare(target: HTMLElement, part: number, whole: number, more = '', least = ''): void {
  const shown = `${least}${l10n.count(part)} `;
  const total = l10n.t('of {0}', `${l10n.count(whole)}${more}`);
  if (target.textContent === shown + total) return;
  target.replaceChildren(shown, element('small', {}, total));
}
