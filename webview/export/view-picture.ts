import { cssColour } from '../canvas/colour-ramp';
import { context2d } from '../canvas/frame-canvas';
import type { Palette } from '../theme';
import { pngOf } from './canvas-png';

/** Distance between canvases and to the edge, in CSS pixels. */
const GAP = 16;

/** The canvases of a run as they are on the page, side by side, as a PNG file. */
export async function viewPicture(
  canvases: readonly HTMLCanvasElement[],
  palette: Palette,
): Promise<Uint8Array> {
  const gap = Math.round(GAP * devicePixelRatio);
  const whole = document.createElement('canvas');
  whole.width = canvases.reduce((sum, { width }) => sum + width + gap, gap);
  whole.height = 2 * gap + Math.max(...canvases.map(({ height }) => height));
  const context = context2d(whole, { alpha: false });
  context.fillStyle = cssColour(palette.background);
  context.fillRect(0, 0, whole.width, whole.height);
  let left = gap;
  for (const canvas of canvases) {
    context.drawImage(canvas, left, gap);
    left += canvas.width + gap;
  }
  return pngOf(whole);
}
