import { cssColour } from './colour-ramp';
import { context2d } from './frame-canvas';
import type { Palette } from '../theme';

/** Distance between two lines in CSS pixels, measured at right angles. */
const SPACING = 6;

/** The pattern of undecided cells: diagonal lines on a quiet ground. It is opaque. */
export function hatching(palette: Palette): CanvasPattern | string {
  const side = Math.round(SPACING * devicePixelRatio);
  const tile = document.createElement('canvas');
  tile.width = tile.height = side;
  const context = context2d(tile);
  context.fillStyle = cssColour(palette.background);
  context.fillRect(0, 0, side, side);
  context.fillStyle = cssColour(palette.undecided);
  context.fillRect(0, 0, side, side);
  context.strokeStyle = cssColour(palette.hatch);
  context.lineWidth = Math.max(1, devicePixelRatio);
  context.beginPath();
  for (const shift of [-side, 0, side]) {
    context.moveTo(shift - 1, side + 1);
    context.lineTo(shift + side + 1, -1);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat') ?? cssColour(palette.undecided);
}
