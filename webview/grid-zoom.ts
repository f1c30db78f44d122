/** The part of the token grid on the canvases of a run. Picture and grid show the same part. */
export interface GridZoom {
  /** 1 = the whole grid; 4 = a quarter of its width and height. */
  readonly factor: number;
  /** Share of the grid to the left of the part shown, and above it: 0..1 - 1 / factor. */
  readonly x: number;
  readonly y: number;
}

/** A point as a share of a canvas or of the whole grid, 0..1. */
export interface SharePoint {
  readonly x: number;
  readonly y: number;
}

export const WHOLE_GRID: GridZoom = { factor: 1, x: 0, y: 0 };

/** The largest zoom factor. At this factor few cells are side by side, so their numbers can be read. */
const MOST = 32;

/**
 * Zooms in or out. One point of the grid stays where it is.
 * @param at the point as a share of the canvas, 0..1
 */
export function zoomedBy(zoom: GridZoom, by: number, at: SharePoint = { x: 0.5, y: 0.5 }): GridZoom {
  const factor = Math.min(Math.max(zoom.factor * by, 1), MOST);
  const fixedX = zoom.x + at.x / zoom.factor;
  const fixedY = zoom.y + at.y / zoom.factor;
  return within({ factor, x: fixedX - at.x / factor, y: fixedY - at.y / factor });
}

/** Moves the part shown. @param by shares of the canvas; positive = to the right, and down */
export function pannedBy(zoom: GridZoom, by: SharePoint): GridZoom {
  return within({ ...zoom, x: zoom.x + by.x / zoom.factor, y: zoom.y + by.y / zoom.factor });
}

/** Shows the part around a point. @param point share of the grid, 0..1 */
export function centredAt(zoom: GridZoom, point: SharePoint): GridZoom {
  const half = 0.5 / zoom.factor;
  return within({ ...zoom, x: point.x - half, y: point.y - half });
}

/** Moves the part shown no further than needed to show a whole cell. */
export function showingCell(
  zoom: GridZoom,
  position: number,
  { height, width }: { readonly height: number; readonly width: number },
): GridZoom {
  const shown = 1 / zoom.factor;
  const x = (position % width) / width;
  const y = Math.floor(position / width) / height;
  return within({
    ...zoom,
    x: Math.min(Math.max(zoom.x, x + 1 / width - shown), x),
    y: Math.min(Math.max(zoom.y, y + 1 / height - shown), y),
  });
}

function within({ factor, x, y }: GridZoom): GridZoom {
  const most = 1 - 1 / factor;
  return { factor, x: Math.min(Math.max(x, 0), most), y: Math.min(Math.max(y, 0), most) };
}
