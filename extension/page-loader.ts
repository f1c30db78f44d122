import { randomBytes } from 'node:crypto';
import type { PageSign } from '../sidecar/protocol';

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
  /** Gives the page with a nonce; undefined while a message is shown. */
  private make: ((nonce: string) => string) | undefined;
  /** The nonce of the page that was set last. */
  private nonce = '';
  private attempts = 0;

  constructor(private readonly panel: PagePanel) {}

  /** @param make gives the page with this nonce. A new nonce makes a new page: VS Code ignores a page that it has already. */
  load(make: (nonce: string) => string): void {
    this.make = make;
    this.attempts = 0;
    this.set(make);
  }

  /** Sets a page that never says anything. */
  show(page: string): void {
    this.stop();
    this.make = undefined;
    this.panel.webview.html = page;
  }

  /** Takes in what a page says of itself. @returns whether the page is the newest one and awaits what it is to show */
  hear({ type, nonce }: PageSign): boolean {
    if (!this.make || nonce !== this.nonce) return false;
    if (type === 'ready') this.watch(this.make, NOT_RECEIVED_MS);
    else this.stop();
    return type === 'ready';
  }

  /** Sets nothing more: the panel is gone. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private set(make: (nonce: string) => string): void {
    this.nonce = randomBytes(16).toString('base64url');
    this.attempts++;
    this.panel.webview.html = make(this.nonce);
    this.watch(make, NOT_READY_MS);
  }

  /** @param patienceMs of the first attempt */
  private watch(make: (nonce: string) => string, patienceMs: number): void {
    this.stop();
    this.timer = setTimeout(
      () => {
        // A hidden webview has no page. VS Code makes it when the webview appears.
        if (this.panel.visible) this.set(make);
        else this.watch(make, patienceMs);
      },
      patienceMs * 2 ** (this.attempts - 1),
    );
  }
}
