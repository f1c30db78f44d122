import { UNDECIDED, asSentence, inEnglish, sentence, type Said } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';

/** Side of a cell in the figure, in units of its view box. */
const CELL = 20;
/** Below this many cells a side, each cell holds the number of its step. */
const NUMBERED_SIDE = 24;
type Rgb = readonly [red: number, green: number, blue: number];

/** The ground a figure is made for. */
export type FigureGround = 'print' | 'dark';

/** Colours of the first and the last step; the colour of the lines; the ground, where the figure brings its own. */
interface FigureColours {
  readonly first: Rgb;
  readonly last: Rgb;
  readonly line: string;
  readonly ground?: string;
}

const COLOURS: Readonly<Record<FigureGround, FigureColours>> = {
  print: { first: [235, 241, 250], last: [26, 56, 102], line: '#888' },
  dark: { first: [26, 44, 74], last: [226, 236, 250], line: '#777', ground: '#1f1f1f' },
};
/** Luminance, 0..255, from which black text reads better than white. */
const BRIGHT = 128;

/**
 * The schedule of a run as an SVG figure: a square for each cell. The later its step, the darker it is; on a dark ground, the
 * lighter. Lightness alone tells
 * the steps apart, so the figure also works in grey.
 * @param say says its title in the reader's language
 */
export function scheduleFigure(
  { run, snapshot }: RunRecord,
  ground: FigureGround = 'print',
  say: (said: Said) => string = inEnglish,
): string {
  const colours = COLOURS[ground];
  const [height, width] = run.grid;
  const isNumbered = Math.max(height, width) <= NUMBERED_SIDE;
  const cells = Array.from(snapshot.stepOf, (step, cell) => {
    const x = (cell % width) * CELL;
    const y = Math.floor(cell / width) * CELL;
    const square = `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}"`;
    if (step === UNDECIDED) return `${square} fill="none"/>`;
    const share = snapshot.step > 1 ? (step - 1) / (snapshot.step - 1) : 0;
    const colour = colourAt(share, colours);
    const filled = `${square} fill="${hex(colour)}"/>`;
    if (!isNumbered) return filled;
    const ink = isBright(colour) ? '#000' : '#fff';
    return `${filled}<text x="${x + CELL / 2}" y="${y + CELL / 2}" fill="${ink}" stroke="none">${step}</text>`;
  });
  const title = say(
    sentence`${asSentence(run.decoder.label)}: ${snapshot.step} steps instead of ${run.rasterSteps}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * CELL} ${height * CELL}" stroke="${colours.line}" stroke-width="0.5">`,
    `<title>${xmlText(title)}</title>`,
    ...(colours.ground === undefined
      ? []
      : [`<rect width="100%" height="100%" fill="${colours.ground}" stroke="none"/>`]),
    `<g font-family="sans-serif" font-size="8" text-anchor="middle" dominant-baseline="central">`,
    ...cells,
    '</g></svg>',
    '',
  ].join('\n');
}

function colourAt(share: number, { first, last }: FigureColours): Rgb {
  const at = (i: 0 | 1 | 2): number => Math.round(first[i] + share * (last[i] - first[i]));
  return [at(0), at(1), at(2)];
}

/** Programs for print know colours in this form, and few of them know `hsl()`. */
function hex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function isBright([red, green, blue]: Rgb): boolean {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue >= BRIGHT;
}

/** Foreign text as XML holds it. XML has no form for most control characters. */
function xmlText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
