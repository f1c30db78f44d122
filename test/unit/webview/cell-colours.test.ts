import { describe, expect, it } from 'vitest';
import { cellColours, colourScale } from '../../../webview/canvas/cell-colours';
import { evenRamp, type Colour } from '../../../webview/canvas/colour-ramp';
import { runOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const BLACK: Colour = { red: 0, green: 0, blue: 0, alpha: 1 };
const WHITE: Colour = { red: 255, green: 255, blue: 255, alpha: 1 };
const RED: Colour = { red: 200, green: 30, blue: 30, alpha: 1 };
const greys = evenRamp([BLACK, WHITE], 8);
const ramps = { step: greys, quantity: greys };
const trace = traceAfter(runOf(ZIPAR_3X4), 8);

function pixel(rgba: Uint8ClampedArray, position: number): number[] {
  return [...rgba.subarray(4 * position, 4 * position + 4)];
}

describe('colour ramp', () => {
  it('begins and ends with the given colours', () => {
    const ramp = evenRamp([RED, BLACK, WHITE], 5);
    expect(pixel(ramp.rgba, 0)).toEqual([200, 30, 30, 255]);
    expect(pixel(ramp.rgba, 4)).toEqual([255, 255, 255, 255]);
  });

  it('is even to the eye: the middle of black and white is the grey of OKLab lightness 0.5', () => {
    expect(pixel(evenRamp([BLACK, WHITE], 3).rgba, 1)).toEqual([99, 99, 99, 255]);
  });
});

describe('cell colours', () => {
  it('colours decided cells by their step and leaves the others transparent', () => {
    const rgba = cellColours(trace, 4, 'step', ramps);
    expect(pixel(rgba, 0)).toEqual(pixel(greys.rgba, 0));
    expect(pixel(rgba, 3)).toEqual(pixel(greys.rgba, 3));
    expect(pixel(rgba, 5)).toEqual(pixel(greys.rgba, 3));
    expect(pixel(rgba, 6)).toEqual([0, 0, 0, 0]);
  });

  it('keeps a cell’s colour the same at every step', () => {
    expect(pixel(cellColours(trace, 8, 'step', ramps), 5)).toEqual(
      pixel(cellColours(trace, 4, 'step', ramps), 5),
    );
  });

  it('colours by probability from 0 to 1, and by entropy up to 7 where the run does not say more', () => {
    expect(pixel(cellColours(trace, 8, 'probability', ramps), 7)).toEqual(pixel(greys.rgba, 4));
    expect(colourScale(trace, 'entropy')).toEqual({ low: 0, high: 7 });
    expect(pixel(cellColours(trace, 8, 'entropy', ramps), 11)).toEqual(pixel(greys.rgba, 3));
  });
});
