/** An sRGB colour. Components are 0..255, alpha is 0..1. */
export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

/** The CSS text of a colour. Its alpha is multiplied by `by`. */
export function cssColour({ red, green, blue, alpha }: Colour, by = 1): string {
  return `rgba(${red}, ${green}, ${blue}, ${alpha * by})`;
}

/** A row of colours. A heat map shows a number by the colour at the number's place in the row. */
export interface ColourRamp {
  /** The number of colours. */
  readonly length: number;
  /** The colours from the start to the end, four bytes each: red, green, blue, 255 (opaque). */
  readonly rgba: Uint8ClampedArray;
}

/** The index of the colour for a value 0..1. A value outside this range gets the first or the last colour. */
export function rampIndex(ramp: ColourRamp, value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * (ramp.length - 1));
}

/** The colour for a value 0..1. A value outside this range gets the first or the last colour. */
export function rampColour(ramp: ColourRamp, value: number): Colour {
  const at = 4 * rampIndex(ramp, value);
  const [red = 0, green = 0, blue = 0] = ramp.rgba.subarray(at, at + 3);
  return { red, green, blue, alpha: 1 };
}

/**
 * Makes a ramp through the colours `stops`. Straight lines in the colour space OKLab (Ottosson 2020) join neighbouring stops.
 * The colours of the ramp have equal distances along these lines. A distance in OKLab says how different two colours look. So
 * the same difference of two numbers looks about equally large everywhere on the ramp.
 * @param length the number of colours
 */
export function evenRamp(stops: readonly Colour[], length: number): ColourRamp {
  const points = stops.map(toOklab);
  const lengths = points.slice(1).map((point, i) => distance(points[i] ?? point, point));
  const total = lengths.reduce((sum, part) => sum + part, 0);
  const rgba = new Uint8ClampedArray(4 * length);
  let leg = 0;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const along = length > 1 ? (i / (length - 1)) * total : 0;
    while (leg < lengths.length - 1 && along > before + (lengths[leg] ?? 0)) before += lengths[leg++] ?? 0;
    const from = points[leg] ?? [0, 0, 0];
    const share = lengths[leg] ? (along - before) / (lengths[leg] ?? 1) : 0;
    rgba.set([...toSrgb(mix(from, points[leg + 1] ?? from, share)), 255], 4 * i);
  }
  return { length, rgba };
}

type Oklab = readonly [lightness: number, a: number, b: number];

function mix(from: Oklab, to: Oklab, share: number): Oklab {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

function distance(one: Oklab, other: Oklab): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

function toOklab(colour: Colour): Oklab {
  const red = toLinear(colour.red);
  const green = toLinear(colour.green);
  const blue = toLinear(colour.blue);
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toSrgb([lightness, a, b]: Oklab): [red: number, green: number, blue: number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function toLinear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  const positive = Math.max(value, 0);
  return 255 * (positive <= 0.0031308 ? 12.92 * positive : 1.055 * positive ** (1 / 2.4) - 0.055);
}
