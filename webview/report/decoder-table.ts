import type { Estimate, ReportRow } from '../../sidecar/decoder-report/decoder-report';
import { element } from '../element';
import * as l10n from '../l10n';

/** The table of a report: one row for each decoder. */
export function decoderTable(rows: readonly ReportRow[], rasterSteps: number): HTMLElement {
  const isJudged = rows.some(({ judged }) => judged);
  const columns = [
    l10n.t('decoder'),
    l10n.t('steps'),
    l10n.t('saved'),
    l10n.t('ms a picture'),
    l10n.t('faster'),
    l10n.t('same tokens'),
    l10n.t('nats a token'),
    l10n.t('difference to raster'),
    ...(isJudged ? [l10n.t('as asked'), l10n.t('difference')] : []),
  ];
  return element(
    'div',
    { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': l10n.t('Decoders') },
    element(
      'table',
      { class: 'decoders' },
      element(
        'thead',
        {},
        element('tr', {}, ...columns.map((name) => element('th', { scope: 'col' }, name))),
      ),
      element('tbody', {}, ...rows.map((row) => lineOf(row, rasterSteps, isJudged))),
    ),
  );
}

function lineOf(row: ReportRow, rasterSteps: number, isJudged: boolean): HTMLElement {
  const { label, steps, ms, speedUp, agreement, nll, nllDifference, judged } = row;
  const values = [
    l10n.decimal(steps, Number.isInteger(steps) ? 0 : 1),
    percent(1 - steps / rasterSteps),
    ms.toFixed(0),
    `${l10n.decimal(speedUp, 2)}×`,
    percent(agreement),
    l10n.decimal(nll, 3),
    interval(nllDifference, 1, 3),
    ...(isJudged ? [percent(judged?.accuracy), interval(judged?.accuracyDifference, 100, 1)] : []),
  ];
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, label),
    ...values.map((value) => element('td', {}, value)),
  );
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${l10n.decimal(100 * share, 1)} %`;
}

function interval(estimate: Estimate | null | undefined, factor: number, digits: number): string {
  if (!estimate) return '–';
  const signed = (value: number): string =>
    `${value < 0 ? '−' : '+'}${l10n.decimal(Math.abs(factor * value), digits)}`;
  return `${signed(estimate.mean)} [${signed(estimate.low)}, ${signed(estimate.high)}]`;
}
