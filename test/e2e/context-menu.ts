import type { Page } from 'playwright-core';
import { until } from './until';

/**
 * Chooses an entry of the context menu that is open, or opens now. VS Code ignores a click in the first moment of a menu, so the
 * entry is clicked until the menu has closed.
 */
export async function chooseFromMenu(page: Page, entry: string): Promise<void> {
  const item = page.locator('.monaco-menu .action-item').filter({ hasText: entry }).first();
  await item.waitFor({ timeout: 60_000 });
  await until(`the menu to close after ${entry}`, 30_000, async () => {
    // The menu may close between the look and the click.
    await item.click({ timeout: 1_000 }).catch(() => undefined);
    return !(await item.isVisible());
  });
}
