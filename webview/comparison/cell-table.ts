import { element, setText } from '../element';
import * as l10n from '../l10n';
import { SIDE_NAMES } from './comparison';
import type { CellComparison } from './comparison-view';

const NOTHING = '–';

/** Shows a cell of both runs side by side: tokens, steps and numbers, and how far B is from A. */
export class CellTable {
  private readonly caption = element('h2', {});
  private readonly body = element('tbody', {});
  private readonly hint = element(
    'p',
    { class: 'hint' },
    l10n.t('Point at a cell, or go into a grid with Tab and use the arrow keys.'),
  );
  private readonly table = element(
    'table',
    {},
    element(
      'thead',
      {},
      element('tr', {}, ...['', ...SIDE_NAMES, 'B − A'].map((name) => element('th', { scope: 'col' }, name))),
    ),
    this.body,
  );
  readonly element = element(
    'section',
    { class: 'cell-table', 'aria-label': l10n.t('Cell') },
    this.caption,
    this.table,
    this.hint,
  );

  show(cell: CellComparison | undefined): void {
    this.element.classList.toggle('empty', cell === undefined);
    if (!cell) return;
    const [{ row, column }] = cell.sides;
    const verdict = {
      same: l10n.t('same'),
      different: cell.isFirst ? l10n.t('the runs part') : l10n.t('different'),
      uncompared: l10n.t('not compared'),
    }[cell.verdict];
    setText(this.caption, l10n.t('Row {0}, column {1}: {2}', row, column, verdict));
    const steps = cell.sides.map(({ decidedIn }) =>
      decidedIn === undefined ? l10n.t('to come') : String(decidedIn),
    );
    const tokens = cell.sides.map(({ decision }) => (decision ? String(decision.token) : NOTHING));
    const labels = cell.sides.flatMap(({ decision }) => decision?.values.map(({ label }) => label) ?? []);
    const tracks = [...new Set(labels)].map((label) => [
      l10n.inSentence(label),
      ...cell.sides.map(
        ({ decision }) => decision?.values.find((value) => value.label === label)?.text ?? NOTHING,
      ),
      cell.differences.find((difference) => difference.label === label)?.text ?? '',
    ]);
    const others = cell.differences.filter(({ label }) => !labels.includes(label));
    const lines = [
      [l10n.t('token'), ...tokens, cell.verdict === 'uncompared' ? '' : cell.verdict === 'same' ? '=' : '≠'],
      [l10n.t('step'), ...steps, ''],
      ...tracks,
      ...others.map(({ label, text, sides }) => [l10n.inSentence(label), ...(sides ?? ['', '']), text]),
    ];
    this.body.replaceChildren(
      ...lines.map(([name = '', ...values]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          ...values.map((value) => element('td', {}, value)),
        ),
      ),
    );
  }
}
