import type { Locator, Page } from 'playwright-core';
import { until } from './until';

export type Severity = 'info' | 'warning' | 'error' | 'unknown';

/** A notification in the lower right corner. */
export class Notification {
  constructor(
    readonly severity: Severity,
    readonly message: string,
    readonly buttons: readonly string[],
    private readonly toast: Locator,
  ) {}

  async press(button: string): Promise<void> {
    await this.toast.getByRole('button', { name: button, exact: true }).click({ timeout: 10_000 });
  }
}

/** A message that covers the window until it is answered. */
export class Dialog {
  constructor(
    readonly message: string,
    readonly detail: string,
    readonly buttons: readonly string[],
    private readonly box: Locator,
  ) {}

  async press(button: string): Promise<void> {
    await this.box.getByRole('button', { name: button, exact: true }).click({ timeout: 10_000 });
    await this.box.waitFor({ state: 'hidden', timeout: 10_000 });
  }
}

/** Notifications in sight, the newest first. VS Code takes those without buttons away after some ten seconds. */
export async function notificationsIn(page: Page): Promise<Notification[]> {
  const toasts = await page.locator('.notifications-toasts .notification-list-item').all();
  return Promise.all(toasts.map(readNotification));
}

async function readNotification(toast: Locator): Promise<Notification> {
  const icon = (await toast.locator('.notification-list-item-icon').getAttribute('class')) ?? '';
  const severity = (['info', 'warning', 'error'] as const).find((name) => icon.includes(`codicon-${name}`));
  const message = await toast.locator('.notification-list-item-message').innerText();
  const buttons = await toast
    .locator('.notification-list-item-buttons-container .monaco-text-button')
    .allInnerTexts();
  return new Notification(severity ?? 'unknown', message.trim(), trimmed(buttons), toast);
}

/** Waits for the modal dialog of a window. */
export async function dialogIn(page: Page, timeoutMs: number): Promise<Dialog> {
  const box = page.locator('.monaco-dialog-box');
  await until('a dialog', timeoutMs, () => box.isVisible());
  return readDialog(box);
}

/** The modal dialog of a window, if there is one now. */
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
