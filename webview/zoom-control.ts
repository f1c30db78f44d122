import {
  centredAt,
  pannedBy,
  showingCell,
  WHOLE_GRID,
  zoomedBy,
  type GridZoom,
  type SharePoint,
} from './grid-zoom';

/** Rows and columns of a grid. */
interface GridSides {
  readonly height: number;
  readonly width: number;
}

const MIDDLE: SharePoint = { x: 0.5, y: 0.5 };

/** The part of the grid that the user looks at. */
export class ZoomControl {
  private shown: GridZoom = WHOLE_GRID;

  /** @param onChange shows the part */
  constructor(private readonly onChange: () => void) {}

  get part(): GridZoom {
    return this.shown;
  }

  zoomAt(by: number, at: SharePoint): void {
    this.set(zoomedBy(this.shown, by, at));
  }

  /** Zooms around a cell; around the middle without a cell, or if the cell is out of sight. */
  zoomAtCell(by: number, position: number | undefined, grid: GridSides): void {
    this.zoomAt(by, position === undefined ? MIDDLE : this.placeOf(position, grid));
  }

  pan(by: SharePoint): void {
    this.set(pannedBy(this.shown, by));
  }

  centre(at: SharePoint): void {
    this.set(centredAt(this.shown, at));
  }

  showWholeGrid(): void {
    this.set(WHOLE_GRID);
  }

  showCell(position: number, grid: GridSides): void {
    this.set(showingCell(this.shown, position, grid));
  }

  private set(zoom: GridZoom): void {
    this.shown = zoom;
    this.onChange();
  }

  /** The middle of a cell as a share of the canvas. */
  private placeOf(position: number, { height, width }: GridSides): SharePoint {
    const { factor, x: left, y: top } = this.shown;
    const x = (((position % width) + 0.5) / width - left) * factor;
    const y = ((Math.floor(position / width) + 0.5) / height - top) * factor;
    return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : MIDDLE;
  }
}
