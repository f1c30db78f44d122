import { evenRamp, type Colour, type ColourRamp } from './colour-ramp';

/**
 * The colour ramps. Lightness rises along each of them, so they also work in grey. People who lack one kind of cones can tell
 * apart values that are a quarter of the range apart (`test/unit/webview/ramps.test.ts`). The two have different hues, so
 * nobody takes a step for a quantity.
 */
export interface Ramps {
  /** For steps: purple, blue, green, yellow; colours of viridis (Smith and van der Walt 2015, public domain). */
  readonly step: ColourRamp;
  /** For quantities such as probability and entropy: purple, red, orange, yellow; colours of inferno (the same authors). */
  readonly quantity: ColourRamp;
}

const STEP = ['472c7a', '3b518b', '2c718e', '21908d', '27ad81', '5cc863', 'aadc32', 'fde725'];
const QUANTITY = ['4a0c6b', '781c6d', 'a52c60', 'cf4446', 'ed6925', 'fb9b06', 'f7d13d', 'fcffa4'];
const LENGTH = 512;

/** Makes the ramps. Low values are near the background: dark in a dark theme, light in a light one. */
export function makeRamps(isLight: boolean): Ramps {
  const ramp = (stops: readonly string[]): ColourRamp => {
    const colours = stops.map(colourOf);
    return evenRamp(isLight ? colours.reverse() : colours, LENGTH);
  };
  return { step: ramp(STEP), quantity: ramp(QUANTITY) };
}

function colourOf(hex: string): Colour {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return { red, green, blue, alpha: 1 };
}
