import { UNDECIDED } from '../../sidecar/protocol';
import { isDecidedBy, type Trace } from '../trace';
import { cellOrigin, shownCells, type GridGeometry } from './grid-geometry';

/** Least side of a cell with a number, in CSS pixels. */
const LEAST_CELL = 26;
const MOST_FONT = 13;
/** Width of a digit as a share of the size of the font, a little more than fonts have. */
const DIGIT = 0.62;
/** Luminance of an sRGB colour, 0..1, above which black text reads better than white text. */
const BRIGHT = 0.4;

/** Writes the tokens into cells that are large enough. @param colours RGBA of the cells, [height, width, 4] */
export function writeTokens(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  {
    trace,
    step,
    colours,
  }: { readonly trace: Trace; readonly step: number; readonly colours: Uint8ClampedArray },
): void {
  if (geometry.cell < LEAST_CELL * devicePixelRatio) return;
  const { tokens } = trace.snapshot;
  const digits = String(tokens.reduce((most, token) => Math.max(most, token), 0)).length;
  const room = geometry.cell - geometry.gap;
  const size = Math.floor(Math.min(MOST_FONT * devicePixelRatio, (room * 0.86) / (digits * DIGIT)));
  context.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const { rows, columns } = shownCells(geometry);
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const position = row * geometry.columns + column;
      if (!isDecidedBy(trace, position, step)) continue;
      const [x, y] = cellOrigin(geometry, position);
      context.fillStyle = isBright(colours, position) ? '#000' : '#fff';
      context.fillText(String(tokens[position] ?? UNDECIDED), x + room / 2, y + room / 2);
    }
  }
}

function isBright(colours: Uint8ClampedArray, position: number): boolean {
  const [red = 0, green = 0, blue = 0] = colours.subarray(4 * position, 4 * position + 3);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255 > BRIGHT;
}
