import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** A page, and what the extension would send it. */
export interface ShownPage {
  /** Name of the bundle in `dist/`. */
  readonly script: string;
  /** Answers the page's `ready`. Bytes in it stay bytes. */
  readonly message: unknown;
  /** Selector of an element that is there when the page shows the message. */
  readonly shows: string;
}

/** A page in a browser, without VS Code: a built bundle, and what it shows. */
export class PageWindow {
  private constructor(
    readonly browser: Browser,
    readonly page: Page,
  ) {}

  /** The step-through of a run. @param file the bytes of a PNG or `.zipar` file */
  static openRun(
    file: Uint8Array,
    size: { readonly width: number; readonly height: number },
  ): Promise<PageWindow> {
    const message = { type: 'show-file', file: 'file:///run', bytes: file, canDraw: false };
    return PageWindow.open({ script: 'webview.js', message, shows: '.token-grid[data-step]' }, size);
  }

  /** @param look the theme's properties as CSS, and the classes that VS Code gives the body */
  static async open(
    { script, message, shows }: ShownPage,
    size: { readonly width: number; readonly height: number },
    look: { readonly css: string; readonly classes: string } = { css: '', classes: 'vscode-dark' },
  ): Promise<PageWindow> {
    const executablePath = process.env.ZIPAR_CHROMIUM ?? 'chromium';
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const page = await browser.newPage({ viewport: size });
    const built = (name: string): string => readFileSync(path.resolve('dist', name), 'utf8');
    await page.setContent(
      `<!DOCTYPE html><html lang="en" style="${look.css.replaceAll('"', '&quot;')}"><head><title>Page</title><style>${built('webview.css')}</style></head><body class="${look.classes}"></body></html>`,
    );
    await page.evaluate((sent) => {
      const window = globalThis as unknown as Record<string, unknown>;
      const shown: unknown = JSON.parse(sent, (_, value: unknown) => {
        const isBytes = typeof value === 'object' && value !== null && 'base64' in value;
        if (!isBytes || typeof value.base64 !== 'string') return value;
        return Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
      });
      const post = ({ type }: { type: string }): void => {
        if (type !== 'ready') return;
        (window.postMessage as (message: unknown, origin: string) => void)(shown, '*');
      };
      window.acquireVsCodeApi = () => ({
        postMessage: post,
        getState: () => undefined,
        setState: () => undefined,
      });
    }, withBytes(message));
    await page.addScriptTag({ content: built(script) });
    await page.locator(shows).first().waitFor();
    return new PageWindow(browser, page);
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** A message as JSON, in which bytes are objects with base64. */
function withBytes(message: unknown): string {
  // A Buffer would turn itself into a list of numbers before the function sees it.
  return JSON.stringify(message, function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
    const given = this[key];
    return given instanceof Uint8Array ? { base64: Buffer.from(given).toString('base64') } : value;
  });
}
