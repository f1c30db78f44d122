import { describeDivergence } from '../../sidecar/comparison/run-difference';
import { element, setText } from '../element';
import * as l10n from '../l10n';
import { createButton, type ButtonHandle } from '../toolkit';
import { SIDE_NAMES, type Comparison } from './comparison';
import type { ComparisonView } from './comparison-view';
import type { Likelihoods } from './likelihoods';

/** Moves to cells where the runs differ, and asks for likelihoods. */
export interface FigureActions {
  goToFirst(): void;
  goToNext(): void;
  score(): void;
}

/** Says how much the runs agree, where they part, what each could not see there, and how likely each is in raster order. */
export class ComparisonFigures {
  private readonly list = element('dl', { class: 'figures' });
  private readonly agreement = this.add(l10n.t('same tokens'), 'figure-agreement');
  private readonly differing = this.add(l10n.t('cells differ'), 'figure-differing');
  private readonly soFar = this.add(l10n.t('differ so far'), 'figure-so-far');
  private readonly drawn = this.add(l10n.t('nats a token as drawn, A and B'), 'figure-likelihoods');
  private readonly inRaster = this.add(l10n.t('nats a token in raster order, A and B'), 'figure-in-raster');
  private readonly divergence = element('p', { class: 'divergence' });
  private readonly noLikelihoods = element('p', { class: 'no-likelihoods', role: 'status' });
  private readonly first: ButtonHandle;
  private readonly next: ButtonHandle;
  private readonly score: ButtonHandle;
  readonly element: HTMLElement;

  constructor(actions: FigureActions) {
    this.first = createButton(l10n.t('First Difference'), 'secondary', () => {
      actions.goToFirst();
    });
    this.next = createButton(l10n.t('Next (N)'), 'secondary', () => {
      actions.goToNext();
    });
    this.score = createButton(l10n.t('Compute Likelihoods'), 'secondary', () => {
      actions.score();
    });
    this.element = element(
      'div',
      { class: 'comparison-figures' },
      this.list,
      this.noLikelihoods,
      this.score.element,
      this.divergence,
      element('div', { class: 'buttons' }, this.first.element, this.next.element),
    );
  }

  show({ difference }: Comparison, view: ComparisonView, likelihoods: Likelihoods): void {
    const { agreement, differing, compared, first, meanLogProbability } = difference;
    // Rounded down: only equal runs agree in 100 %.
    setText(this.agreement, `${Math.floor(100 * agreement)} %`);
    setText(this.differing, l10n.t('{0} of {1}', l10n.count(differing.length), l10n.count(compared)));
    setText(this.soFar, l10n.t('{0} of {1}', l10n.count(view.differing), l10n.count(view.compared)));
    setText(this.drawn, meanLogProbability.map(natsText).join(', '));
    setText(
      this.divergence,
      first
        ? l10n.said(describeDivergence(first, SIDE_NAMES))
        : l10n.t('The runs have the same token in every cell that both decided.'),
    );
    this.first.setEnabled(first !== undefined);
    this.next.setEnabled(first !== undefined);
    this.showLikelihoods(likelihoods);
  }

  private showLikelihoods(likelihoods: Likelihoods): void {
    const nll = likelihoods.kind === 'known' ? likelihoods.nll : [undefined, undefined];
    setText(this.inRaster, nll.map((values) => natsText(values && -meanOf(values))).join(', '));
    setText(this.noLikelihoods, missingText(likelihoods));
    this.noLikelihoods.hidden = likelihoods.kind === 'known';
    this.score.element.hidden = likelihoods.kind !== 'unknown';
  }

  private add(label: string, className: string): HTMLElement {
    const value = element('dd', { class: className });
    this.list.append(element('div', {}, element('dt', {}, label), value));
    return value;
  }
}

function missingText(likelihoods: Likelihoods): string {
  switch (likelihoods.kind) {
    case 'known':
      return '';
    case 'waiting':
      return l10n.t('The model computes how likely each run is in raster order…');
    case 'unknown':
      return (
        likelihoods.reason ??
        l10n.t('How likely each run is in raster order was not computed with the model.')
      );
  }
}

function natsText(nats: number | undefined): string {
  return nats === undefined ? '–' : l10n.decimal(nats, 3).replace('-', '−');
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
