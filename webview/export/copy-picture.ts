import type { PictureFrame } from '../../sidecar/protocol';
import { context2d } from '../canvas/frame-canvas';
import { pngOf } from './canvas-png';

/** Time within which a page that was just opened gets the focus. Browsers let only a page with the focus write. */
const FOCUS_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 50;

/** Puts a picture into the clipboard, for other programs. @throws when the window has no clipboard, or no focus */
export async function copyPicture({ width, height, rgb }: PictureFrame): Promise<void> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4)
    rgba.set(rgb.subarray(from, from + 3), to);
  context2d(canvas).putImageData(new ImageData(rgba, width, height), 0, 0);
  const png = new Blob([await pngOf(canvas)], { type: 'image/png' });
  await focusOnPage();
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
}

async function focusOnPage(): Promise<void> {
  window.focus();
  for (let waited = 0; !document.hasFocus() && waited < FOCUS_WITHIN_MS; waited += LOOK_EVERY_MS)
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
}
