import { UNDECIDED } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';

/** Side of a cell in the figure, in units of its view box. */
const CELL = 20;
/** Below this many cells a side, each cell holds the number of its step. */
const NUMBERED_SIDE = 24;
/** Colours of the first and the last step: red, green, blue. */
const FIRST = [235, 241, 250] as const;
const LAST = [26, 56, 102] as const;
/** Share of the way from the first to the last colour from which white text reads better than black. */
const DARK = 0.55;

/**
 * The schedule of a run as an SVG figure for print: a square for each cell, darker the later its step. Lightness alone tells
 * the steps apart, so the figure also works in grey.
 */
export function scheduleFigure({ run, snapshot }: RunRecord): string {
  const [height, width] = run.grid;
  const isNumbered = Math.max(height, width) <= NUMBERED_SIDE;
  const cells = Array.from(snapshot.stepOf, (step, cell) => {
    const x = (cell % width) * CELL;
    const y = Math.floor(cell / width) * CELL;
    const square = `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}"`;
    if (step === UNDECIDED) return `${square} fill="none"/>`;
    const share = snapshot.step > 1 ? (step - 1) / (snapshot.step - 1) : 0;
    const filled = `${square} fill="${colourAt(share)}"/>`;
    if (!isNumbered) return filled;
    const ink = share < DARK ? '#000' : '#fff';
    return `${filled}<text x="${x + CELL / 2}" y="${y + CELL / 2}" fill="${ink}" stroke="none">${step}</text>`;
  });
  const title = `${run.decoder.label}: ${snapshot.step} steps instead of ${run.rasterSteps}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * CELL} ${height * CELL}" stroke="#888" stroke-width="0.5">`,
    `<title>${xmlText(title)}</title>`,
    `<g font-family="sans-serif" font-size="8" text-anchor="middle" dominant-baseline="central">`,
    ...cells,
    '</g></svg>',
    '',
  ].join('\n');
}

/** Programs for print know colours in this form, and few of them know `hsl()`. */
function colourAt(share: number): string {
  const parts = FIRST.map((from, i) => Math.round(from + share * ((LAST[i] ?? from) - from)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Foreign text as XML holds it. XML has no form for most control characters. */
function xmlText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
