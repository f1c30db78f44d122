import type { Locator, Page } from 'playwright-core';
import { succeeds, until } from './until';

/**
 * Opens the context menu of an element and waits for an entry. An extension that still starts adds its entries later, and an open
 * menu does not change. So the menu is opened again until the entry is there.
 */
export async function openMenuWith(page: Page, target: Locator, entry: string): Promise<void> {
  await until(`the menu with ${entry}`, async () => {
    // A list that is read again meanwhile may take the element away.
    const opened = target.click({ button: 'right', timeout: 10_000 });
    const isThere = await succeeds(opened.then(() => entryOf(page, entry).waitFor({ timeout: 5_000 })));
    if (!isThere) await page.keyboard.press('Escape');
    return isThere;
  });
}

function entryOf(page: Page, entry: string): Locator {
  return page.locator('.monaco-menu .action-item').filter({ hasText: entry }).first();
}

/**
 * Chooses an entry of the context menu that is open, or opens now. VS Code ignores a click in the first moment of a menu, so the
 * entry is clicked until the menu has closed.
 */
export async function chooseFromMenu(page: Page, entry: string): Promise<void> {
  const item = entryOf(page, entry);
  await item.waitFor();
  await until(`the menu to close after ${entry}`, async () => {
    // The menu may close between the look and the click.
    await item.click({ timeout: 1_000 }).catch(() => undefined);
    return !(await item.isVisible());
  });
}
