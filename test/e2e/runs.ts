import type { Locator } from 'playwright-core';
import { until } from './until';
import type { VsCodeWindow } from './vscode-window';

/** Opens the list of runs in the activity bar. */
export async function openRuns(window: VsCodeWindow): Promise<void> {
  const { page } = window;
  await until('the list of runs', 60_000, async () => {
    if ((await page.locator('.activitybar .checked [aria-label^="ZipAR"]').count()) > 0) return true;
    await page.locator('.activitybar [aria-label^="ZipAR"]').first().click({ timeout: 10_000 });
    return false;
  });
}

/** The lines of the list of runs. */
export function rowsOf(window: VsCodeWindow): Locator {
  return window.page.locator('.part.sidebar .pane-body .monaco-list-row');
}

/** Waits for a line with this text. */
export async function row(window: VsCodeWindow, text: string | RegExp): Promise<Locator> {
  const found = rowsOf(window).filter({ hasText: text }).first();
  await until(
    `the line ${String(text)} in the list of runs`,
    90_000,
    () => found.isVisible(),
    async () => (await rowsOf(window).allInnerTexts()).join(' | '),
  );
  return found;
}
