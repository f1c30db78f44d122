import type { PageSign } from '../sidecar/protocol';
import { newNonce } from './webview-html';

/** The part of a webview's panel that this file uses. */
export interface PagePanel {
  readonly visible: boolean;
  readonly webview: { html: string };
}

/** How long a page's script may take to run, in milliseconds, before the page is set again. */
const NOT_READY_MS = 10_000;
/** How long the first message may take to reach a page whose script runs, in milliseconds, before the page is set again. */
const NOT_RECEIVED_MS = 2_000;

/**
 * Sets the page of a webview until a message reaches the page. Each attempt gets twice the time of the one before.
 *
 * VS Code 1.100 to 1.139 sometimes loses a page that is set while another one loads. When the earlier one ends its loading just
 * then, VS Code takes the end for that of the new page. The new page's script runs, but the page stays hidden for good, and no
 * message reaches it. So its `ready` proves nothing.
 */
export class PageLoader {
  private timer: NodeJS.Timeout | undefined;
  /** Gives the page with a nonce; undefined while a message is shown, and once the panel is gone. */
  private make: ((nonce: string) => string) | undefined;
  /** The nonce of the page that was set last. */
  private nonce = '';
  private attempts = 0;

  constructor(private readonly panel: PagePanel) {}

  /** @param make gives the page with this nonce. A new nonce makes a new page: VS Code ignores a page that it has already. */
  load(make: (nonce: string) => string): void {
    this.make = make;
    this.attempts = 0;
    this.set();
  }

  /** Sets a page that never says anything. */
  show(page: string): void {
    this.stop();
    this.panel.webview.html = page;
  }

  /** Takes in what a page says of itself. @returns whether the page is the newest one and awaits what it is to show */
  hear({ type, nonce }: PageSign): boolean {
    if (!this.make || nonce !== this.nonce) return false;
    if (type === 'ready') this.watch(NOT_RECEIVED_MS);
    else clearTimeout(this.timer);
    return type === 'ready';
  }

  /** Sets nothing more, whatever a page still says: the panel is gone. */
  stop(): void {
    this.make = undefined;
    clearTimeout(this.timer);
  }

  private set(): void {
    if (!this.make) return;
    this.nonce = newNonce();
    this.attempts++;
    this.panel.webview.html = this.make(this.nonce);
    this.watch(NOT_READY_MS);
  }

  /** @param patienceMs of the first attempt */
  private watch(patienceMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        // A hidden webview has no page. VS Code makes it when the webview appears.
        if (this.panel.visible) this.set();
        else this.watch(patienceMs);
      },
      patienceMs * 2 ** (this.attempts - 1),
    );
  }
}
