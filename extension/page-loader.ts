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

  /** @param make gives the page; each one differs from the last, because VS Code ignores a page that it has already */
  load(make: () => string): void {
    this.set(make, LOST_AFTER_MS);
  }

  /** The page listens, or another one takes its place. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private set(make: () => string, patienceMs: number): void {
    this.panel.webview.html = make();
    this.watch(make, patienceMs);
  }

  private watch(make: () => string, patienceMs: number): void {
    this.stop();
    this.timer = setTimeout(() => {
      // A hidden webview has no page. VS Code makes it when the webview appears.
      if (this.panel.visible) this.set(make, 2 * patienceMs);
      else this.watch(make, patienceMs);
    }, patienceMs);
  }
}
