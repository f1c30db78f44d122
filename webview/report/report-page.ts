import type { DecoderReport } from '../../sidecar/decoder-report/decoder-report';
import { plotElement } from '../../sidecar/decoder-report/quality-plot';
import { element } from '../element';
import * as l10n from '../l10n';
import { contactSheet, type SheetActions } from './contact-sheet';
import { decoderTable } from './decoder-table';

/**
 * A report as a page: what was compared, the table, the conclusion, the plot, and the contact sheet.
 * @param addresses addresses of the pictures, in the order of `report.pictures`
 */
export function reportPage(
  report: DecoderReport,
  addresses: readonly string[],
  actions: SheetActions,
): HTMLElement {
  return element(
    'article',
    { class: 'decoder-report' },
    element('h1', {}, l10n.t('What parallel decoding costs: {0}', report.model)),
    element('p', { class: 'details' }, circumstances(report)),
    decoderTable(report.rows, report.rasterSteps),
    ...conclusions(report).map((sentence) => element('p', {}, sentence)),
    plot(report),
    ...contactSheet(report.pictures, addresses, actions),
    element(
      'p',
      { class: 'details' },
      l10n.t(
        'Nats a token: the negative log-likelihood of the tokens in raster order, with guidance; less is likelier. Same tokens: those that raster order decided the same, with the same noise. In brackets: intervals of 95 %.',
      ),
    ),
  );
}

function circumstances(report: DecoderReport): string {
  const { images, prompts, seed, guidance, temperature, topK, topP, provider, precision, machine } = report;
  return [
    l10n.t('{0} pictures a row', images),
    prompts,
    l10n.t('seeds from {0}', seed),
    l10n.t('guidance {0}', guidance),
    l10n.t('temperature {0}', temperature),
    l10n.t('top-k {0}', topK),
    l10n.t('top-p {0}', topP),
    provider,
    l10n.t('weights {0}', precision),
    machine,
  ].join(' · ');
}

function conclusions({ fewestPassesWithoutLoss, rows, rasterSteps }: DecoderReport): readonly string[] {
  const sentence = (label: string | null, best: (label: string, steps: string) => string, none: string) => {
    const row = rows.find((each) => each.label === label);
    if (!row) return [];
    return row.nllDifference === undefined ? [none] : [best(row.label, l10n.decimal(row.steps, 1))];
  };
  return [
    ...sentence(
      fewestPassesWithoutLoss.likelihood,
      (label, steps) =>
        l10n.t(
          'Fewest steps without a loss of likelihood beyond its interval: {0}, {1} of {2}.',
          label,
          steps,
          rasterSteps,
        ),
      l10n.t('Every row but raster order loses likelihood beyond its interval.'),
    ),
    ...sentence(
      fewestPassesWithoutLoss.accuracy,
      (label, steps) =>
        l10n.t(
          'Fewest steps without a loss of judged accuracy beyond its interval: {0}, {1} of {2}.',
          label,
          steps,
          rasterSteps,
        ),
      l10n.t('Every row but raster order loses judged accuracy beyond its interval.'),
    ),
  ];
}

/** The plot in the colours of the theme. Its numbers stand in the table, too. */
function plot({ rows }: DecoderReport): HTMLElement {
  const words = {
    likelihood: l10n.t('Likelihood lost to raster order, nats a token'),
    accuracy: l10n.t('Judged accuracy gained over raster order'),
    steps: l10n.t('steps a picture'),
  };
  const drawn = new DOMParser().parseFromString(plotElement(rows, words), 'image/svg+xml');
  return element(
    'figure',
    { class: 'plot', role: 'img', 'aria-label': l10n.t('Quality against steps') },
    document.adoptNode(drawn.documentElement),
  );
}
