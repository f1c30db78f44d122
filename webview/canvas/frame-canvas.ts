import type { SharePoint } from '../grid-zoom';
import * as l10n from '../l10n';

/** A canvas that is redrawn after a change, at most once in an animation frame. */
export abstract class FrameCanvas {
  readonly element: HTMLCanvasElement;
  protected readonly context: CanvasRenderingContext2D;
  private frame: number | undefined;

  constructor(className: string) {
    this.element = document.createElement('canvas');
    this.element.className = className;
    this.context = context2d(this.element);
  }

  /** Sets the canvas's size in device pixels. Its size on the page follows from the screen's pixel ratio. */
  protected resize(width: number, height: number): void {
    const { element } = this;
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    element.style.width = `${width / devicePixelRatio}px`;
    element.style.height = `${height / devicePixelRatio}px`;
  }

  /** The place of a pointer event as a share of the canvas. */
  pointOf(event: MouseEvent): SharePoint {
    const { clientWidth, clientHeight } = this.element;
    return { x: event.offsetX / Math.max(clientWidth, 1), y: event.offsetY / Math.max(clientHeight, 1) };
  }

  /** Draws without waiting for the next animation frame. */
  drawNow(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.draw();
  }

  protected invalidate(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  protected abstract draw(): void;
}

/** A canvas's 2D context. @throws if the browser provides none */
export function context2d(
  canvas: HTMLCanvasElement,
  settings?: CanvasRenderingContext2DSettings,
): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', settings);
  if (!context) throw new Error(l10n.t('This browser gives no 2D drawing context.'));
  return context;
}
