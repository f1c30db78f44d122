import type { RunDescription } from '../sidecar/protocol';
import { fitGrid } from './canvas/grid-geometry';
import type { StepStripCanvas } from './canvas/step-strip-canvas';
import type { GridPanel } from './panels/panel';

/** Width in CSS pixels from which the texts have much room, and from which the figures stand beside picture and grid. */
const WIDE_FROM = 620;
const SIDE_FROM = 980;
/**
 * Least width of the figures' column with the gap before it, and gaps between the picture and the grid. style.css holds the same
 * numbers.
 */
const SIDE_WIDTH = 256;
const COLUMN_GAP = { wide: 28, narrow: 8 };
/** Least height of the canvases. Below it, the page scrolls. */
const LEAST_HEIGHT = 112;
/** Height of the window up to which the playback controls scroll with the page. style.css holds the same number. */
const LOW_UP_TO = 400;

/** The parts of a run's area whose sizes depend on one another. */
interface AreaParts {
  readonly root: HTMLElement;
  readonly area: HTMLElement;
  readonly stage: HTMLElement;
  readonly side: HTMLElement;
  readonly playback: HTMLElement;
  readonly strip: StepStripCanvas;
}

/** Gives the grid panels of a run the room that the window leaves. It measures only after a change that matters. */
export class StageLayout {
  private isStale = true;
  private run: RunDescription | undefined;
  private readonly resized: ResizeObserver;
  private readonly spoil: () => void;

  constructor(
    private readonly parts: AreaParts,
    private readonly panels: readonly GridPanel[],
    onStale: () => void,
  ) {
    this.spoil = (): void => {
      this.isStale = true;
      onStale();
    };
    this.resized = new ResizeObserver(this.spoil);
    this.resized.observe(parts.root);
    window.addEventListener('resize', this.spoil);
  }

  /** Measures again when one of these elements changes its size. */
  observe(elements: readonly Element[]): void {
    for (const target of elements) this.resized.observe(target);
  }

  dispose(): void {
    this.resized.disconnect();
    window.removeEventListener('resize', this.spoil);
  }

  apply(run: RunDescription): void {
    if (!this.isStale && run === this.run) return;
    this.isStale = false;
    this.run = run;
    const { root, area, strip } = this.parts;
    const room = root.clientWidth;
    const isWide = room >= WIDE_FROM;
    const side = room >= SIDE_FROM ? SIDE_WIDTH : 0;
    const shown = this.panels.filter((panel) => panel.suits(run));
    const columns = shown.length;
    const gap = isWide ? COLUMN_GAP.wide : COLUMN_GAP.narrow;
    area.classList.toggle('wide', isWide);
    area.classList.toggle('with-side', side > 0);
    for (const panel of this.panels) panel.element.hidden = !shown.includes(panel);
    const width = Math.floor((room - side - (columns - 1) * gap) / columns);
    this.fit(run, columns, gap, { width, height: Infinity });
    // Two rounds are needed, because narrower canvases may make the text around them wrap.
    for (let pass = 0; pass < 2; pass++) {
      const height = Math.max(window.innerHeight - this.heightOfOthers(), LEAST_HEIGHT);
      this.fit(run, columns, gap, { width, height });
    }
    strip.setWidth(strip.element.parentElement?.clientWidth ?? 0);
  }

  /** Fits the grid panels. @param room for one panel, in CSS pixels */
  private fit(
    run: RunDescription,
    columns: number,
    gap: number,
    { width, height }: { readonly width: number; readonly height: number },
  ): void {
    const [rows, cells] = run.grid;
    const geometry = fitGrid(rows, cells, width * devicePixelRatio, height * devicePixelRatio);
    for (const { canvas } of this.panels) canvas.setGeometry(geometry);
    const taken = geometry.width / devicePixelRatio;
    const { style } = this.parts.area;
    style.setProperty('--canvas-width', `${taken}px`);
    style.setProperty('--stage-width', `${columns * taken + (columns - 1) * gap}px`);
  }

  /**
   * The height of everything that is to be in sight with the canvases. It does not depend on the canvases. Figures below them,
   * and the controls of a low window, are scrolled to.
   */
  private heightOfOthers(): number {
    const { area, stage, side, playback } = this.parts;
    const hasSide = area.classList.contains('with-side');
    const stageHeight = stage.offsetHeight;
    const row = hasSide ? Math.max(stageHeight, side.offsetHeight) : stageHeight + side.offsetHeight;
    const scrolled = window.innerHeight <= LOW_UP_TO ? playback.offsetHeight : 0;
    const canvasHeight = Math.max(...this.panels.map(({ canvas }) => canvas.element.offsetHeight));
    return area.offsetHeight - row - scrolled + stageHeight - canvasHeight;
  }
}
