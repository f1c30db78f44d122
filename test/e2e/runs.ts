import type { Locator } from 'playwright-core';
import { succeeds, until } from './until';
import type { VsCodeWindow } from './vscode-window';

/** Opens the list of runs in the activity bar. */
export async function openRuns(window: VsCodeWindow): Promise<void> {
  const { page } = window;
  await until('the list of runs', async () => {
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
    () => found.isVisible(),
    async () => (await rowsOf(window).allInnerTexts()).join(' | '),
  );
  return found;
}

/**
 * Opens the picture of a line. VS Code drops a click on a line that it reads again, so the click is made until the editor is there.
 *
 * @returns the tab of the editor
 */
export async function openPicture(window: VsCodeWindow, text: string | RegExp): Promise<Locator> {
  const tab = window.page.locator('.tabs-container .tab.active', { hasText: '.png' });
  await until(`the picture of ${String(text)} in an editor`, async () => {
    const clicked = (await row(window, text)).click({ timeout: 3_000 });
    return succeeds(clicked.then(() => tab.waitFor({ timeout: 10_000 })));
  });
  return tab;
}

/**
 * Presses a button of a line. VS Code drops the lines of a list that it reads again. The buttons of a line then go away until the
 * pointer moves. A press may also have no line, and the extension says so.
 *
 * @param label Beginning of the button's label.
 */
export async function pressInRow(window: VsCodeWindow, text: string | RegExp, label: string): Promise<void> {
  const line = await row(window, text);
  await until(`the button ${label} of the line`, async () => {
    const hovered = line.hover({ position: { x: 30 * Math.random(), y: 5 }, timeout: 3_000 });
    const pressed = hovered.then(() => line.locator(`[aria-label^="${label}"]`).click({ timeout: 3_000 }));
    return (await succeeds(pressed)) && !(await wasDropped(window));
  });
}

/** Whether the extension says that a press had no line. The notification is cleared, so that the next one can be told from it. */
async function wasDropped({ page }: VsCodeWindow): Promise<boolean> {
  const told = page
    .locator('.notifications-toasts .notification-list-item', { hasText: 'was being read again' })
    .first();
  if (!(await succeeds(told.waitFor({ timeout: 3_000 })))) return false;
  await told.hover();
  await told.locator('[aria-label^="Clear Notification"]').click();
  return true;
}
