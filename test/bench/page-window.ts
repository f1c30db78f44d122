import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** A page of the step-through in a browser, without VS Code: the built bundle, and a file for it to show. */
export class PageWindow {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  /**
   * @param file the bytes of a PNG or `.zipar` file
   * @param look the theme's properties as CSS, and the classes that VS Code gives the body
   */
  static async open(
    file: Uint8Array,
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
    const bytes = Buffer.from(file).toString('base64');
    await page.evaluate((base64) => {
      const window = globalThis as unknown as Record<string, unknown>;
      const post = (message: { type: string }): void => {
        if (message.type !== 'ready') return;
        const shown = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        (window.postMessage as (message: unknown, origin: string) => void)(
          { type: 'show-file', file: 'file:///run', bytes: shown, canDraw: false },
          '*',
        );
      };
      window.acquireVsCodeApi = () => ({
        postMessage: post,
        getState: () => undefined,
        setState: () => undefined,
      });
    }, bytes);
    await page.addScriptTag({ content: built('webview.js') });
    await page.locator('.token-grid[data-step]').waitFor();
    return new PageWindow(browser, page);
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
