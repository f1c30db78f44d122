import type { Estimate, ReportRow } from './decoder-report';

const WIDTH = 720;
const PANEL_HEIGHT = 260;
const MARGIN = { left: 76, right: 20, top: 36, bottom: 46 };
/** Label of the row and of the series that all others are compared with. */
const RASTER = 'raster';
/** Colours of Okabe and Ito. People who do not see all colours can tell them apart, on light and on dark ground. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#888888'];
/** The look of the plot where no page gives one: dark where the reader's system is dark. */
const OWN_STYLE = `.ground{fill:#fff}text{fill:#202020}.line{stroke:#e0e0e0}.zero{stroke:#606060}
@media (prefers-color-scheme:dark){.ground{fill:#1f1f1f}text{fill:#ccc}.line{stroke:#3a3a3a}.zero{stroke:#909090}}`;

/** Words of the plot, in the reader's language. */
export interface PlotWords {
  readonly likelihood: string;
  readonly accuracy: string;
  readonly steps: string;
}

const ENGLISH: PlotWords = {
  likelihood: 'Likelihood lost to raster order, nats a token',
  accuracy: 'Judged accuracy gained over raster order',
  steps: 'steps a picture',
};

interface Point {
  readonly x: number;
  readonly y: Estimate;
}

interface Panel {
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

/** A plot as an SVG file. */
export function qualityPlot(rows: readonly ReportRow[]): string {
  return `${plotElement(rows, ENGLISH, `<style>${OWN_STYLE}</style>`)}\n`;
}

/**
 * Plots quality against steps as an SVG element. Ground, lines and texts have no colours: a page gives them by the classes
 * `ground`, `line` and `zero`. The plot shows how far each decoder's likelihood lies from raster order's, with intervals. With a
 * judge it shows the judged accuracy in the same way. Each series has a line, and raster order lies at zero.
 */
export function plotElement(rows: readonly ReportRow[], words: PlotWords, style = ''): string {
  const raster = rows.find(({ label }) => label === RASTER);
  const panels: Panel[] = [{ title: words.likelihood, lines: linesOf(rows, (row) => row.nllDifference) }];
  if (rows.some(({ judged }) => judged))
    panels.push({ title: words.accuracy, lines: linesOf(rows, (row) => row.judged?.accuracyDifference) });
  const height = panels.length * PANEL_HEIGHT;
  const body = panels
    .map((panel, i) => drawPanel(panel, words.steps, i * PANEL_HEIGHT, raster?.steps ?? 1))
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">${style}<rect class="ground" width="${WIDTH}" height="${height}"/>${body}</svg>`;
}

function linesOf(
  rows: readonly ReportRow[],
  value: (row: ReportRow) => Estimate | undefined,
): Panel['lines'] {
  const names = [...new Set(rows.map(({ series }) => series))].filter((name) => name !== RASTER);
  return names.map((name) => ({
    name,
    points: rows
      .filter(({ series }) => series === name)
      .flatMap((row) => {
        const y = value(row);
        return y ? [{ x: row.steps, y }] : [];
      })
      .sort((a, b) => a.x - b.x),
  }));
}

function drawPanel({ title, lines }: Panel, steps: string, top: number, rasterSteps: number): string {
  const points = lines.flatMap((line) => line.points);
  const low = Math.min(0, ...points.map(({ y }) => y.low));
  const high = Math.max(0, ...points.map(({ y }) => y.high));
  const room = (high - low || 1) * 0.08;
  const x = (value: number): number =>
    MARGIN.left + (value / rasterSteps) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number): number =>
    top +
    MARGIN.top +
    ((high + room - value) / (high - low + 2 * room)) * (PANEL_HEIGHT - MARGIN.top - MARGIN.bottom);
  const bottom = top + PANEL_HEIGHT - MARGIN.bottom;
  const parts = [
    text(MARGIN.left, top + 18, title, 'start', 'font-weight="bold"'),
    ...ticks(0, rasterSteps).map(
      (value) =>
        vertical(x(value), top + MARGIN.top, bottom) + text(x(value), bottom + 16, String(value), 'middle'),
    ),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, bottom + 34, steps, 'middle'),
    ...ticks(low, high).map(
      (value) =>
        horizontal(y(value), value === 0) + text(MARGIN.left - 8, y(value) + 4, trimmed(value), 'end'),
    ),
    ...lines.map((line, i) => drawLine(line, COLOURS[i % COLOURS.length] ?? '#888888', i, { x, y, top })),
  ];
  return parts.join('');
}

function drawLine(
  { name, points }: Panel['lines'][number],
  colour: string,
  index: number,
  { x, y, top }: { x: (value: number) => number; y: (value: number) => number; top: number },
): string {
  const path = points
    .map((point, i) => `${i === 0 ? 'M' : 'L'}${at(x(point.x))} ${at(y(point.y.mean))}`)
    .join('');
  const marks = points.map(
    (point) =>
      `<path d="M${at(x(point.x))} ${at(y(point.y.low))}V${at(y(point.y.high))}" stroke="${colour}"/>` +
      `<circle cx="${at(x(point.x))}" cy="${at(y(point.y.mean))}" r="4" fill="${colour}"/>`,
  );
  const legend = WIDTH - MARGIN.right - 150;
  const row = top + 14 + 16 * index;
  return (
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${marks.join('')}` +
    `<circle cx="${legend}" cy="${row}" r="4" fill="${colour}"/>${text(legend + 10, row + 4, name, 'start')}`
  );
}

/** Four to eight round numbers from `low` to `high`. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function at(value: number): string {
  return value.toFixed(1);
}

function vertical(x: number, from: number, to: number): string {
  return `<path d="M${at(x)} ${at(from)}V${at(to)}" class="line"/>`;
}

function horizontal(y: number, isZero: boolean): string {
  return `<path d="M${MARGIN.left} ${at(y)}H${WIDTH - MARGIN.right}" class="${isZero ? 'zero' : 'line'}"/>`;
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  const escaped = content.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" ${more}>${escaped}</text>`;
}
