import type { Estimate, ReportHeader, SheetPicture } from '../decoder-report/decoder-report';
import { markdownSheet } from './contact-sheet';
import { RASTER } from './evaluated-decoder';
import { cheapestWithoutLoss, type DecoderSummary, type Quality } from './evaluation-summary';

/** The report in Markdown: one row for each decoder, and an explanation of the columns. */
export function markdownReport(
  header: ReportHeader,
  rows: readonly DecoderSummary[],
  plotFile: string,
  pictures: readonly SheetPicture[] = [],
): string {
  const isJudged = rows.some(({ judged }) => judged !== undefined);
  const parts = [
    `# What parallel decoding costs: ${header.model}`,
    `${header.images} pictures a row, ${header.prompts}, seeds from ${header.seed}, the same for all rows; guidance ${header.guidance}, ` +
      `temperature ${header.temperature}, top-k ${header.topK}, top-p ${header.topP}; ${header.provider}, weights ${header.precision}; ${header.machine}.`,
    decoderTable(header, rows),
    conclusion(header, rows, isJudged),
    `![Quality against steps](${plotFile})`,
    adaptivePart(rows, isJudged),
    ...(isJudged ? [groupTables(rows)] : []),
    COLUMNS_EXPLAINED,
    markdownSheet(pictures),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * The table of decoders in Markdown, a row for each.
 * @param options `hasTimes` is false if other work ran beside the pictures, so that their times say little
 */
export function decoderTable(
  { rasterSteps }: Pick<ReportHeader, 'rasterSteps'>,
  rows: readonly DecoderSummary[],
  { hasTimes }: { readonly hasTimes: boolean } = { hasTimes: true },
): string {
  const isJudged = rows.some(({ judged }) => judged !== undefined);
  const columns = [
    'decoder',
    'steps',
    'saved',
    ...(hasTimes ? ['ms a picture', 'faster'] : []),
    'same tokens',
    'nats a token',
    'difference to raster [95 %]',
    ...(isJudged ? ['as asked', 'difference [95 %]', 'all right', 'difference [95 %]', 'Fréchet'] : []),
  ];
  const table = rows.map((row) => [
    row.label,
    row.steps.toFixed(Number.isInteger(row.steps) ? 0 : 1),
    percent(1 - row.steps / rasterSteps),
    ...(hasTimes ? [row.ms.toFixed(0), `${row.speedUp.toFixed(2)}x`] : []),
    percent(row.agreement),
    row.nll.toFixed(3),
    interval(row.nllDifference, (value) => signed(value, 3)),
    ...(row.judged
      ? [
          percent(row.judged.accuracy),
          interval(row.judged.accuracyDifference, points),
          percent(row.judged.allRight),
          interval(row.judged.allRightDifference, points),
          row.judged.frechet?.toFixed(2) ?? '–',
        ]
      : []),
  ]);
  return markdownTable(columns, table);
}

/**
 * Says which decoder loses no quality. With many pictures even the smallest difference of likelihood shows. A difference
 * that the judge does not see may still be acceptable.
 */
function conclusion(
  { rasterSteps }: ReportHeader,
  rows: readonly DecoderSummary[],
  isJudged: boolean,
): string {
  const fewest = (qualities: readonly Quality[], what: string): string => {
    const best = cheapestWithoutLoss(rows, qualities);
    return !best || best.label === RASTER.label
      ? `Every row but raster order loses ${what} beyond its interval.`
      : `Fewest steps without a loss of ${what} to raster order beyond its interval: **${best.label}** (${best.steps.toFixed(1)} of ${rasterSteps}).`;
  };
  const likelihood = fewest(['likelihood'], 'likelihood');
  if (!isJudged) return likelihood;
  const judged = fewest(['accuracy', 'all right'], 'judged accuracy or of pictures with everything right');
  return `${likelihood} ${judged}`;
}

/** The part of the report about adaptive windows. Empty when none can be compared. */
function adaptivePart(rows: readonly DecoderSummary[], isJudged: boolean): string {
  const table = adaptiveTable(rows, isJudged);
  if (table === '') return '';
  return [
    '## Adaptive less fixed windows at equal steps',
    table,
    'Each picture against the two fixed windows that take fewer and more steps, mixed so that the mean steps are the same.',
  ].join('\n\n');
}

/** The table of adaptive windows. Empty when none can be compared. */
export function adaptiveTable(rows: readonly DecoderSummary[], isJudged: boolean): string {
  const compared = rows.flatMap(({ label, steps, equalPasses }) =>
    equalPasses
      ? [
          [
            label,
            steps.toFixed(1),
            equalPasses.between.join(', '),
            interval(equalPasses.nllDifference, (value) => signed(value, 3)),
            ...(isJudged ? [interval(equalPasses.accuracyDifference, points)] : []),
          ],
        ]
      : [],
  );
  if (compared.length === 0) return '';
  const columns = [
    'decoder',
    'steps',
    'mixed from',
    'nats a token [95 %]',
    ...(isJudged ? ['as asked [95 %]'] : []),
  ];
  return markdownTable(columns, compared);
}

const COLUMNS_EXPLAINED = `*steps*: steps a picture, the prompt's included. A step is one run of the transformer. *same tokens*: tokens that raster order decided the same under the
same noise. *nats a token*: negative log-likelihood of the tokens under the raster model (teacher-forced, guidance applied, temperature 1, no
truncation). *as asked*: share of what the prompt asks for that the judge finds. Intervals: paired bootstrap over pictures.`;

function groupTables(rows: readonly DecoderSummary[]): string {
  const judged = rows.flatMap(({ label, judged: summary }) => (summary ? [{ label, summary }] : []));
  const groups = [...new Set(judged.flatMap(({ summary }) => Object.keys(summary.groups)))];
  const rates = [...new Set(judged.flatMap(({ summary }) => Object.keys(summary.rates)))];
  const byGroup = judged.map(({ label, summary }) => [
    label,
    ...groups.flatMap((group) => [
      percent(summary.groups[group]?.accuracy),
      percent(summary.groups[group]?.allRight),
    ]),
  ]);
  const byRate = judged.map(({ label, summary }) => [
    label,
    ...rates.map((rate) => percent(summary.rates[rate])),
  ]);
  const groupColumns = groups.flatMap((group) => [`${group}: as asked`, 'all right']);
  return [
    ...(groups.length > 0
      ? ['## By group of prompts', markdownTable(['decoder', ...groupColumns], byGroup)]
      : []),
    '## By what was asked for',
    markdownTable(['decoder', ...rates], byRate),
  ].join('\n\n');
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(1)} %`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** A difference of shares, in points. */
function points(value: number): string {
  return `${signed(100 * value, 1)} %`;
}

function interval(estimate: Estimate | undefined, format: (value: number) => string): string {
  return estimate ? `${format(estimate.mean)} [${format(estimate.low)}, ${format(estimate.high)}]` : '–';
}
