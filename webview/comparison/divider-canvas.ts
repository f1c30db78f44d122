import { cssColour } from '../canvas/colour-ramp';
import { FrameCanvas } from '../canvas/frame-canvas';
import type { GridGeometry } from '../canvas/grid-geometry';
import { setAttributes } from '../element';
import * as l10n from '../l10n';
import type { Palette } from '../theme';

/** How far one key press moves the divider, as a share of the width. */
const KEY_SHARE = 0.02;

/** Both pictures in one frame: A left of a divider, and B right of it. The user moves the divider with pointer or keys. */
export class DividerCanvas extends FrameCanvas {
  private palette: Palette | undefined;
  /** Place of the divider, 0..1. */
  private share = 0.5;

  /** @param pictures the canvases of both pictures. They have the same size as this one */
  constructor(private readonly pictures: readonly [HTMLCanvasElement, HTMLCanvasElement]) {
    super('divider');
    setAttributes(this.element, {
      tabindex: 0,
      role: 'slider',
      'aria-label': l10n.t('Divider between the pictures: A is left of it, B is right of it'),
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    });
    this.tellShare();
    const onPointer = (event: PointerEvent): void => {
      if (event.buttons === 1) this.moveTo(event.offsetX / Math.max(this.element.clientWidth, 1));
    };
    this.element.addEventListener('pointerdown', (event) => {
      this.element.setPointerCapture(event.pointerId);
      onPointer(event);
    });
    this.element.addEventListener('pointermove', onPointer);
    this.element.addEventListener('keydown', (event) => {
      const to = this.afterKey(event.key);
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.moveTo(to);
    });
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.invalidate();
  }

  setGeometry({ width, height }: GridGeometry): void {
    this.resize(width, height);
    this.invalidate();
  }

  /** Draws the pictures again. Call it after both pictures were asked to draw: canvases draw in that order. */
  show(): void {
    this.invalidate();
  }

  protected draw(): void {
    const { context, palette } = this;
    if (!palette) return;
    const { width, height } = this.element;
    const [a, b] = this.pictures;
    const at = Math.round(this.share * width);
    context.clearRect(0, 0, width, height);
    if (at > 0) context.drawImage(a, 0, 0, at, height, 0, 0, at, height);
    if (at < width) context.drawImage(b, at, 0, width - at, height, at, 0, width - at, height);
    const line = Math.max(2, Math.round(2 * devicePixelRatio));
    context.fillStyle = cssColour(palette.background);
    context.fillRect(at - line, 0, 2 * line, height);
    context.fillStyle = cssColour(palette.cursor);
    context.fillRect(at - line / 2, 0, line, height);
  }

  private afterKey(key: string): number | undefined {
    switch (key) {
      case 'ArrowLeft':
        return this.share - KEY_SHARE;
      case 'ArrowRight':
        return this.share + KEY_SHARE;
      case 'Home':
        return 0;
      case 'End':
        return 1;
      default:
        return undefined;
    }
  }

  private moveTo(share: number): void {
    this.share = Math.min(Math.max(share, 0), 1);
    this.tellShare();
    this.invalidate();
  }

  private tellShare(): void {
    const percent = Math.round(100 * this.share);
    setAttributes(this.element, { 'aria-valuenow': percent, 'aria-valuetext': `${percent} % A` });
  }
}
