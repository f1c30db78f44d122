import type { GridCanvas } from './canvas/grid-canvas';
import type { FrameCanvas } from './canvas/frame-canvas';
import type { SharePoint } from './grid-zoom';

/** Distance in CSS pixels from which a press with a move is a drag and no click. */
const DRAG_FROM = 4;
/** Zoom for one notch of a wheel, which most browsers report as 100 pixels. */
const ZOOM_A_NOTCH = 1.25;
const NOTCH = 100;

/** What the user does with the pointer over a grid. */
export interface GridActions extends ZoomActions {
  /** Moves the part shown. @param by shares of the canvas */
  pan(by: SharePoint): void;
  /** Shows the part around a point of the grid. */
  centre(at: SharePoint): void;
  /** The pointer is over a cell; undefined when the pointer left. */
  point(position: number | undefined): void;
  /** The user chose a cell. */
  choose(position: number): void;
}

interface ZoomActions {
  /** Zooms. @param at the point that stays where it is, as a share of the canvas */
  zoomAt(by: number, at: SharePoint): void;
}

/** What a press on a canvas has become. */
type Press =
  | { readonly kind: 'click'; readonly x: number; readonly y: number }
  | { readonly kind: 'drag' }
  /** The press began on the minimap. */
  | { readonly kind: 'map' };

/**
 * Listens to the pointer over a canvas. It points at cells and chooses them, and it drags the part shown, also on the minimap.
 * The wheel with Ctrl zooms.
 */
export function listenToPointer(canvas: GridCanvas, actions: GridActions): void {
  const { element } = canvas;
  let press: Press | undefined;
  let last: SharePoint = { x: 0, y: 0 };
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const onMap = canvas.mapPoint(event);
    press = onMap ? { kind: 'map' } : { kind: 'click', x: event.offsetX, y: event.offsetY };
    last = canvas.pointOf(event);
    element.setPointerCapture(event.pointerId);
    if (onMap) actions.centre(onMap);
  });
  element.addEventListener('pointermove', (event) => {
    if (press?.kind === 'click' && Math.hypot(event.offsetX - press.x, event.offsetY - press.y) >= DRAG_FROM)
      press = { kind: 'drag' };
    if (press?.kind === 'map') {
      const point = canvas.mapPoint(event);
      if (point) actions.centre(point);
    } else if (press?.kind === 'drag') {
      const now = canvas.pointOf(event);
      actions.pan({ x: last.x - now.x, y: last.y - now.y });
      last = now;
    } else actions.point(canvas.mapPoint(event) ? undefined : canvas.cellUnder(event));
  });
  element.addEventListener('pointerup', (event) => {
    const position = press?.kind === 'click' ? canvas.cellUnder(event) : undefined;
    press = undefined;
    if (position !== undefined) actions.choose(position);
  });
  element.addEventListener('pointercancel', () => {
    press = undefined;
  });
  element.addEventListener('pointerleave', () => {
    actions.point(undefined);
  });
  listenToWheel(canvas, actions);
}

/** Lets the wheel with Ctrl zoom. */
export function listenToWheel(canvas: FrameCanvas, actions: ZoomActions): void {
  canvas.element.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      actions.zoomAt(ZOOM_A_NOTCH ** (-event.deltaY / NOTCH), canvas.pointOf(event));
    },
    { passive: false },
  );
}
