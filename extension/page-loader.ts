/** The part of a webview's panel that this file uses. */
export interface PagePanel {
  readonly visible: boolean;
  readonly webview: { html: string };
}

/** How long a page may take to say that it listens, in milliseconds, before it is set again. The time doubles with each attempt. */
const LOST_AFTER_MS = 10_000;

/**
 * Sets the page of a webview until the page says that it listens. VS Code sometimes loses a page that is set while another one
 * loads: the webview then shows the earlier page for good.
 */
export class PageLoader {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly panel: PagePanel) {}

  /**
   * @param make gives the page; each one differs from the last, because VS Code ignores a page that it has already
   * @param patienceMs how long the page may take
   */
  load(make: () => string, patienceMs = LOST_AFTER_MS): void {
    this.panel.webview.html = make();
    this.watch(make, patienceMs);
  }

  /** Sets a page that never says anything. */
  show(page: string): void {
    this.stop();
    this.panel.webview.html = page;
  }

  /** The page listens, or the panel is gone. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private watch(make: () => string, patienceMs: number): void {
    this.stop();
    this.timer = setTimeout(() => {
      // A hidden webview has no page. VS Code makes it when the webview appears.
      if (this.panel.visible) this.load(make, 2 * patienceMs);
      else this.watch(make, patienceMs);
    }, patienceMs);
  }
}
