import { fitGrid, type GridGeometry } from '../canvas/grid-geometry';

/** Widths in CSS pixels from which three squares stand beside one another, and from which the figures stand beside them. */
const THREE_FROM = 620;
const SIDE_FROM = 980;
/** Width of the figures with the gap before them, and gap between two squares. style.css holds the same numbers. */
const SIDE_WIDTH = 288;
const GAP = { wide: 24, narrow: 8 };
/** Width and height of the agreement bars with the gap before them. style.css holds the same number. */
const BARS = 32;
/** Height of a caption with its margin, and of the legend. */
const CAPTION = 40;
const LEGEND = 60;
/** Least height of the squares. Below it, the page scrolls. */
const LEAST_HEIGHT = 160;

/** The parts of the page whose sizes depend on one another. */
interface LayoutParts {
  readonly root: HTMLElement;
  readonly area: HTMLElement;
  readonly header: HTMLElement;
  readonly playback: HTMLElement;
}

/** Fits six squares into the window: two rows of three, or three rows of two. Without pictures there is one row less. */
export class ComparisonLayout {
  private isStale = true;
  private readonly resized: ResizeObserver;

  constructor(
    private readonly parts: LayoutParts,
    private readonly setGeometry: (geometry: GridGeometry) => void,
    onStale: () => void,
  ) {
    this.resized = new ResizeObserver(() => {
      this.isStale = true;
      onStale();
    });
    for (const part of [parts.root, parts.header, parts.playback]) this.resized.observe(part);
  }

  /** Measures again at the next {@link apply}. */
  spoil(): void {
    this.isStale = true;
  }

  apply(grid: readonly [number, number], hasPictures: boolean): void {
    if (!this.isStale) return;
    this.isStale = false;
    const { root, area, header, playback } = this.parts;
    const room = root.clientWidth;
    const columns = room >= THREE_FROM ? 3 : 2;
    const hasSide = room >= SIDE_FROM;
    const gap = columns === 3 ? GAP.wide : GAP.narrow;
    area.classList.toggle('three', columns === 3);
    area.classList.toggle('with-side', hasSide);
    const width = (room - (hasSide ? SIDE_WIDTH : 0) - BARS - (columns - 1) * gap) / columns;
    const rows = hasPictures ? 6 / columns : columns === 3 ? 1 : 2;
    const others = header.offsetHeight + playback.offsetHeight + rows * CAPTION + LEGEND + BARS;
    const height = Math.max((window.innerHeight - others) / Math.min(rows, 2), LEAST_HEIGHT);
    const geometry = fitGrid(grid[0], grid[1], width * devicePixelRatio, height * devicePixelRatio);
    area.style.setProperty('--canvas-width', `${geometry.width / devicePixelRatio}px`);
    this.setGeometry(geometry);
  }
}
