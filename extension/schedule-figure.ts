import { UNDECIDED } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';

/** Side of a cell in the figure, in units of its view box. */
const CELL = 20;
/** Below this many cells a side, each cell holds the number of its step. */
const NUMBERED_SIDE = 24;

/**
 * The schedule of a run as an SVG figure for print: a square for each cell, darker the later its step. Lightness alone tells
 * the steps apart, so the figure also works in grey.
 */
export function scheduleFigure({ run, snapshot }: RunRecord): string {
  const [height, width] = run.grid;
  const last = Math.max(snapshot.step, 1);
  const isNumbered = Math.max(height, width) <= NUMBERED_SIDE;
  const cells = Array.from(snapshot.stepOf, (step, cell) => {
    const x = (cell % width) * CELL;
    const y = Math.floor(cell / width) * CELL;
    if (step === UNDECIDED) return `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="none"/>`;
    const lightness = Math.round(95 - 70 * (last > 1 ? (step - 1) / (last - 1) : 0));
    const square = `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="hsl(215 60% ${lightness}%)"/>`;
    if (!isNumbered) return square;
    const colour = lightness > 60 ? '#000' : '#fff';
    return `${square}<text x="${x + CELL / 2}" y="${y + CELL / 2}" fill="${colour}">${step}</text>`;
  });
  const size = `${width * CELL} ${height * CELL}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" stroke="#888" stroke-width="0.5">`,
    `<title>${run.decoder.label.replace(/[<&>]/g, '')}: ${snapshot.step} steps instead of ${run.rasterSteps}</title>`,
    `<g font-family="sans-serif" font-size="8" text-anchor="middle" dominant-baseline="central">`,
    ...cells.map((cell) => cell.replace('<text ', '<text stroke="none" ')),
    '</g></svg>',
    '',
  ].join('\n');
}
