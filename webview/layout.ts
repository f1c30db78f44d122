import type { RunDescription } from '../sidecar/protocol';
import type { Page } from './page';

/** Room from which picture and grid stand side by side, and from which the figures stand beside them, in CSS pixels. */
const TWO_COLUMNS_FROM = 620;
const SIDE_FROM = 980;
/** Column of the figures with the gap before it, and the gap between picture and grid; as in style.css. */
const SIDE_WIDTH = 256;
const COLUMN_GAP = 28;
/** Rather than make the canvases lower than this, the page scrolls. */
const LEAST_HEIGHT = 320;

/** Gives picture and grid the room that the window leaves. Measures only after something that matters has changed. */
export class Layout {
  private stale = true;
  private run: RunDescription | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly page: Page,
    onStale: () => void,
  ) {
    const spoil = (): void => {
      this.stale = true;
      onStale();
    };
    const resized = new ResizeObserver(spoil);
    const { header, notices, playback } = page;
    for (const target of [root, header.element, notices.element, playback.element]) resized.observe(target);
    window.addEventListener('resize', spoil);
  }

  apply(run: RunDescription): void {
    if (!this.stale && run === this.run) return;
    this.stale = false;
    this.run = run;
    const room = this.root.clientWidth;
    const wide = room >= TWO_COLUMNS_FROM;
    const side = room >= SIDE_FROM ? SIDE_WIDTH : 0;
    const hasPicture = run.patch > 0;
    const columns = wide && hasPicture ? 2 : 1;
    const { studio, stage, strip } = this.page;
    studio.classList.toggle('wide', wide);
    studio.classList.toggle('with-side', side > 0);
    stage.setHasPicture(hasPicture);
    const width = Math.floor((room - side - (columns - 1) * COLUMN_GAP) / columns);
    this.fit(run, columns, width, Infinity);
    // Twice: narrower canvases may make the text around them wrap.
    for (let pass = 0; wide && pass < 2; pass++) {
      const height = Math.max(window.innerHeight - this.heightOfOthers(), LEAST_HEIGHT);
      this.fit(run, columns, width, height);
    }
    strip.setWidth(strip.element.parentElement?.clientWidth ?? 0);
  }

  private fit(run: RunDescription, columns: number, width: number, height: number): void {
    const taken = this.page.stage.fit(run.grid, { width, height });
    const { style } = this.page.studio;
    style.setProperty('--canvas-width', `${taken}px`);
    style.setProperty('--stage-width', `${columns * taken + (columns - 1) * COLUMN_GAP}px`);
  }

  /** What stands above and below the canvases; it keeps its height whatever theirs. */
  private heightOfOthers(): number {
    const { studio, stage, side } = this.page;
    const withSide = studio.classList.contains('with-side');
    const stageHeight = stage.element.offsetHeight;
    const row = withSide ? Math.max(stageHeight, side.offsetHeight) : stageHeight;
    return studio.offsetHeight - row + stageHeight - stage.tokens.element.offsetHeight;
  }
}
