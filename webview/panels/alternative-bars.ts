import * as l10n from '../l10n';
import type { TokenAlternative } from '../../sidecar/protocol';
import { percentText } from '../cell-meaning';
import { element } from '../element';
import type { Alternatives } from '../insights';

/** The number of likeliest tokens that the sidecar names. A drawn token beyond them has a row of its own. */
const MOST_NAMED = 8;

/** The likeliest tokens of a cell as a table of bars: with guidance, and without. */
export class AlternativeBars {
  private readonly rows = element('tbody', {});
  private readonly without = element(
    'th',
    {
      scope: 'col',
      title: l10n.t('Guidance brings the picture closer to the prompt. This is the chance without guidance.'),
    },
    l10n.t('no guidance'),
  );
  private readonly table = element(
    'table',
    {},
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, l10n.t('token')),
        element('th', { scope: 'col', colspan: 2 }, l10n.t('chance')),
        this.without,
      ),
    ),
    this.rows,
  );
  private readonly note = element('p', { class: 'note' });
  readonly element = element('div', { class: 'alternatives', hidden: true }, this.table, this.note);
  private shown: Alternatives | undefined;

  show(alternatives: Alternatives | undefined): void {
    this.element.hidden = alternatives === undefined;
    if (alternatives === this.shown || !alternatives) return;
    this.shown = alternatives;
    this.table.hidden = alternatives.kind !== 'known';
    this.note.textContent = noteOf(alternatives);
    if (alternatives.kind !== 'known') return;
    const { likeliest, drawn, rank } = alternatives.alternatives;
    const isNamed = likeliest.some(({ token }) => token === drawn.token);
    this.without.hidden = drawn.unguided === null;
    this.rows.replaceChildren(
      ...likeliest.map((each, i) => row(each, i + 1, each.token === drawn.token)),
      ...(isNamed ? [] : [row(drawn, rank, true)]),
    );
  }
}

function row(
  { token, probability, unguided }: TokenAlternative,
  rank: number,
  isDrawn: boolean,
): HTMLElement {
  const bar = element('span', { class: 'bar-fill' });
  bar.style.inlineSize = `${Math.max(100 * probability, probability > 0 ? 1 : 0)}%`;
  const name = isDrawn ? l10n.t('{0}, drawn', token) : String(token);
  const cells = [
    element('th', { scope: 'row', ...(rank > MOST_NAMED && { title: rankText(token, rank) }) }, name),
    element('td', { class: 'bar-cell', 'aria-hidden': 'true' }, bar),
    element('td', {}, percentText(probability)),
    ...(unguided === null ? [] : [element('td', { class: 'unguided' }, percentText(unguided))]),
  ];
  return element('tr', isDrawn ? { class: 'drawn' } : {}, ...cells);
}

function rankText(token: number, rank: number): string {
  return l10n.t('{0}, drawn, number {1} by chance', token, rank);
}

function noteOf(alternatives: Alternatives): string {
  switch (alternatives.kind) {
    case 'asked':
      return l10n.t('The model computes the cell again…');
    case 'refused':
      return alternatives.reason;
    case 'known':
      return '';
  }
}
