import type { PictureFrame } from '../../sidecar/protocol';
import { context2d } from '../canvas/frame-canvas';
import { pngOf } from './canvas-png';

/** Puts a picture into the clipboard, for other programs. @throws when the window has no clipboard */
export async function copyPicture({ width, height, rgb }: PictureFrame): Promise<void> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4)
    rgba.set(rgb.subarray(from, from + 3), to);
  context2d(canvas).putImageData(new ImageData(rgba, width, height), 0, 0);
  const png = new Blob([await pngOf(canvas)], { type: 'image/png' });
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
}
