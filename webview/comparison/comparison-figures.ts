import { describeDivergence } from '../../sidecar/comparison/run-difference';
import { element, setText } from '../element';
import { createButton, type ButtonHandle } from '../toolkit';
import type { Comparison } from './comparison';
import type { ComparisonView } from './comparison-view';

/** Moves to cells where the runs differ. */
export interface DifferenceActions {
  goToFirst(): void;
  goToNext(): void;
}

/** Says how much the runs agree, where they part, and what each could not see there. */
export class ComparisonFigures {
  private readonly list = element('dl', { class: 'figures' });
  private readonly agreement = this.add('same tokens', 'figure-agreement');
  private readonly differing = this.add('cells differ', 'figure-differing');
  private readonly soFar = this.add('differ so far', 'figure-so-far');
  private readonly likelihoods = this.add('nats a token, A and B', 'figure-likelihoods');
  private readonly divergence = element('p', { class: 'divergence' });
  private readonly first: ButtonHandle;
  private readonly next: ButtonHandle;
  readonly element: HTMLElement;

  constructor(actions: DifferenceActions) {
    this.first = createButton('First Difference', 'secondary', () => {
      actions.goToFirst();
    });
    this.next = createButton('Next (N)', 'secondary', () => {
      actions.goToNext();
    });
    this.element = element(
      'div',
      { class: 'comparison-figures' },
      this.list,
      this.divergence,
      element('div', { class: 'buttons' }, this.first.element, this.next.element),
    );
  }

  show({ difference }: Comparison, view: ComparisonView): void {
    const { agreement, differing, compared, first, meanLogProbability } = difference;
    // Rounded down: only equal runs agree in 100 %.
    setText(this.agreement, `${Math.floor(100 * agreement)} %`);
    setText(this.differing, `${differing.length} of ${compared}`);
    setText(this.soFar, `${view.differing} of ${view.compared}`);
    setText(this.likelihoods, meanLogProbability.map((nats) => nats?.toFixed(3) ?? '–').join(', '));
    setText(
      this.divergence,
      first
        ? describeDivergence(first, ['A', 'B'])
        : 'The runs have the same token in every cell that both decided.',
    );
    this.first.setEnabled(first !== undefined);
    this.next.setEnabled(first !== undefined);
  }

  private add(label: string, className: string): HTMLElement {
    const value = element('dd', { class: className });
    this.list.append(element('div', {}, element('dt', {}, label), value));
    return value;
  }
}
