import type { Locator, Page } from 'playwright-core';
import { succeeds, until } from './until';

export type Severity = 'info' | 'warning' | 'error' | 'unknown';

/** A notification in the lower right corner, or in the list of notifications. */
export class Notification {
  constructor(
    readonly severity: Severity,
    readonly message: string,
    readonly buttons: readonly string[],
    private readonly item: Locator,
    private readonly showAll: () => Promise<void>,
  ) {}

  /** Presses one of its buttons. If the notification is hidden by now, it opens the list of notifications first. */
  async press(button: string): Promise<void> {
    const target = this.item.getByRole('button', { name: button, exact: true });
    if (await succeeds(target.click({ timeout: PRESS_WITHIN_MS }))) return;
    await this.showAll();
    await target.click();
  }
}

/** A dialog that covers the window until the user answers. */
export class Dialog {
  constructor(
    readonly message: string,
    readonly detail: string,
    readonly buttons: readonly string[],
    private readonly box: Locator,
  ) {}

  async press(button: string): Promise<void> {
    await this.box.getByRole('button', { name: button, exact: true }).click();
    await this.box.waitFor({ state: 'hidden' });
  }
}

/** How long a visible notification may take to be pressed, in milliseconds, before it counts as hidden. */
const PRESS_WITHIN_MS = 3_000;

const ITEM = ['.notifications-toasts', '.notifications-center.visible']
  .map((list) => `${list} .notification-list-item`)
  .join(', ');

interface SeenItem {
  /** CSS classes of the icon, which tell the severity. */
  readonly icon: string;
  readonly message: string;
  readonly buttons: readonly string[];
}

/**
 * The visible notifications, the newest first. VS Code hides most of them after about ten seconds; its list of notifications
 * keeps them. Errors with buttons and progress stay.
 *
 * @param showAll Opens the list of notifications.
 *
 * All notifications are read at one moment. If they were read one by one, a notification could disappear meanwhile, and the
 * reader would wait for it half a minute. Notifications that appear and disappear during that wait would be missed. Progress
 * stays at least 0.8 s. So the progress of a quick task disappears just after the message that the task is done.
 */
export async function notificationsIn(page: Page, showAll: () => Promise<void>): Promise<Notification[]> {
  const seen = await page.evaluate<SeenItem[]>(`
    Array.from(document.querySelectorAll('${ITEM}'), (item) => ({
      icon: item.querySelector('.notification-list-item-icon')?.className ?? '',
      message: item.querySelector('.notification-list-item-message')?.innerText ?? '',
      buttons: Array.from(
        item.querySelectorAll('.notification-list-item-buttons-container .monaco-text-button'),
        (button) => button.innerText,
      ),
    }))`);
  return seen.map(({ icon, message, buttons }) => {
    const text = message.trim();
    const item = page.locator(ITEM).filter({ hasText: text }).first();
    return new Notification(severityOf(icon), text, trimmed(buttons), item, showAll);
  });
}

function severityOf(icon: string): Severity {
  return (
    (['info', 'warning', 'error'] as const).find((name) => icon.includes(`codicon-${name}`)) ?? 'unknown'
  );
}

/** Waits for the modal dialog of a window. */
export async function dialogIn(page: Page): Promise<Dialog> {
  const box = page.locator('.monaco-dialog-box');
  await until('a dialog', () => box.isVisible());
  return readDialog(box);
}

/** The modal dialog of a window; undefined if there is none now. */
export async function dialogNowIn(page: Page): Promise<Dialog | undefined> {
  const box = page.locator('.monaco-dialog-box');
  return (await box.isVisible()) ? readDialog(box) : undefined;
}

async function readDialog(box: Locator): Promise<Dialog> {
  const detail = box.locator('.dialog-message-detail');
  return new Dialog(
    (await box.locator('.dialog-message-text').innerText()).trim(),
    (await detail.isVisible()) ? (await detail.innerText()).trim() : '',
    trimmed(await box.locator('.dialog-buttons .monaco-text-button').allInnerTexts()),
    box,
  );
}

const trimmed = (texts: readonly string[]) => texts.map((text) => text.trim());
