import type { Locator, Page } from 'playwright-core';
import { PATIENCE_MS, succeeds, until } from './until';

/** Selector of the widget. A window has only one; VS Code shows and hides it. */
const WIDGET = '.quick-input-widget';

const ROW = '.quick-input-list .monaco-list-row';

/** Time limit for typing, in milliseconds. An open input takes text at once; a closed one never does. */
const TYPE_TIMEOUT_MS = 5_000;
/** Time limit for a row to be in sight, in milliseconds, before its label is typed. */
const IN_SIGHT_MS = 2_000;
/** How long an input that was closed may take to be shown again, in milliseconds. */
const SHOWN_AGAIN_MS = 700;
/** Time limit for a choice to be taken, in milliseconds, before it counts as lost. */
const TAKEN_MS = 60_000;

/**
 * VS Code's input at the top of the window: input box, quick pick and command palette. In a browser window, it is also the
 * dialog for opening and saving files.
 */
export class QuickInput {
  private readonly widget: Locator;
  private readonly input: Locator;

  constructor(readonly page: Page) {
    this.widget = page.locator(WIDGET);
    this.input = this.widget.locator('.quick-input-box input');
  }

  async isOpen(): Promise<boolean> {
    return this.widget.isVisible();
  }

  /** The title line; empty if the input has none. */
  async title(): Promise<string> {
    const title = this.widget.locator('.quick-input-title');
    return (await title.isVisible()) ? tidy(await title.innerText()) : '';
  }

  async placeholder(): Promise<string> {
    return (await this.input.getAttribute('placeholder')) ?? '';
  }

  async value(): Promise<string> {
    return this.input.inputValue();
  }

  /** The line below the input: the prompt, or the reason why the value is refused. */
  async message(): Promise<string> {
    const message = this.widget.locator('.quick-input-message');
    return (await message.isVisible()) ? tidy(await message.innerText()) : '';
  }

  /** Labels of the visible rows, without icons, descriptions and details. */
  async items(): Promise<string[]> {
    return (await this.labels()).map(({ label }) => label);
  }

  /**
   * Waits for an input that an extension opened: any input but the command palette.
   *
   * @param title Title of the wanted input, needed when one input follows another.
   * @param patienceMs Shorter only where the caller tries again.
   */
  async opened(title?: string | RegExp, patienceMs?: number): Promise<this> {
    const wanted = title === undefined ? 'an input' : `the input titled ${String(title)}`;
    await until(
      wanted,
      async () => {
        if (!(await this.isOpen()) || (await this.value()).startsWith('>')) return false;
        return title === undefined || matches(await this.title(), title);
      },
      () => this.describe(),
      patienceMs,
    );
    return this;
  }

  /** Replaces the text in the input. */
  async type(text: string): Promise<this> {
    await this.input.fill(text, { timeout: TYPE_TIMEOUT_MS });
    return this;
  }

  /**
   * Presses Enter and waits until the input is gone or the next input has replaced it.
   *
   * @throws {WaitedInVain} If the input stays. The message contains VS Code's own message, such as the reason for a refusal.
   */
  async accept(): Promise<void> {
    const before = await this.identity();
    await this.input.press('Enter');
    await until(
      'the input to take Enter',
      async () => (await this.identity()) !== before,
      () => this.describe(),
    );
  }

  /** Presses Enter if the input is still open, and does not check the result. */
  async pressEnter(): Promise<void> {
    await this.input.press('Enter', { timeout: 500 }).catch(() => undefined);
  }

  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    // Over a walkthrough, an input that is closed in its first moment is shown again. A second Escape would close the page.
    await this.page.waitForTimeout(SHOWN_AGAIN_MS);
    if (await this.isOpen()) await this.page.keyboard.press('Escape');
    await this.closed();
  }

  async closed(): Promise<void> {
    await until(
      'the input to close',
      async () => !(await this.isOpen()),
      () => this.describe(),
    );
  }

  /** Chooses a row by its exact label. If the row is not visible, it types the label, because a long list shows only a part. */
  async pick(label: string): Promise<void> {
    if (!(await succeeds(this.row(label, IN_SIGHT_MS)))) await this.type(label);
    await this.pickInSight(label);
  }

  /**
   * Chooses a visible row by its exact label, and leaves the input unchanged.
   *
   * @param patienceMs Time for the row to appear, shorter only where the caller tries again.
   */
  async pickInSight(label: string, patienceMs = PATIENCE_MS): Promise<void> {
    const row = await this.row(label, patienceMs);
    const before = await this.describe();
    await row.click({ timeout: patienceMs });
    await until(
      `the choice of "${label}" to be taken`,
      async () => (await this.describe()) !== before,
      () => this.describe(),
      Math.max(patienceMs, TAKEN_MS),
    );
  }

  /**
   * Presses a button in the title line, and waits for the input that it leads to. VS Code drops a press while it
   * changes the buttons, so the button may be pressed again.
   *
   * @param title Title of the input that follows.
   */
  async pressButton(tooltip: string, title: string | RegExp): Promise<this> {
    const button = this.widget.getByRole('button', { name: tooltip });
    await until(
      `the input titled ${String(title)}`,
      async () => {
        if ((await this.isOpen()) && matches(await this.title(), title)) return true;
        await succeeds(button.click({ timeout: TYPE_TIMEOUT_MS }));
        return succeeds(this.opened(title, TAKEN_MS / 10));
      },
      () => this.describe(),
    );
    return this;
  }

  /** Ticks a row of a list with several choices; `accept` ends the choice. */
  async tick(label: string): Promise<void> {
    const row = await this.row(label);
    await row.locator('.quick-input-list-checkbox').click();
  }

  /** The present content of the input, for error messages. */
  async describe(): Promise<string> {
    if (!(await this.isOpen())) return 'no input';
    const parts = [
      ['title', await this.title()],
      ['placeholder', await this.placeholder()],
      ['value', await this.value()],
      ['message', await this.message()],
      ['rows', (await this.items()).join(' | ')],
    ];
    return `an input with ${parts.map(([name, text]) => `${String(name)} "${String(text)}"`).join(', ')}`;
  }

  /**
   * A text that distinguishes one input from the next. Rows and message are left out, because they change while one input is
   * open.
   */
  private async identity(): Promise<string> {
    if (!(await this.isOpen())) return '';
    return JSON.stringify([await this.title(), await this.placeholder(), await this.value()]);
  }

  /** The visible rows from top to bottom. Separators have no label, and details are a second line of their row. */
  private async labels(): Promise<readonly { readonly index: string; readonly label: string }[]> {
    const rows = await this.page.evaluate<{ index: string; label: string }[]>(`
      Array.from(document.querySelectorAll('${WIDGET} ${ROW}'), (row) => ({
        index: row.dataset.index,
        label: row.querySelector('.quick-input-list-rows > :first-child .label-name')?.textContent ?? '',
      }))`);
    return rows
      .map(({ index, label }) => ({ index, label: tidy(label) }))
      .filter(({ label }) => label !== '')
      .sort((a, b) => Number(a.index) - Number(b.index));
  }

  private async row(label: string, patienceMs = PATIENCE_MS): Promise<Locator> {
    return until(
      `the row "${label}"`,
      async () => {
        const found = (await this.labels()).find((row) => row.label === tidy(label));
        return found && this.widget.locator(`${ROW}[data-index="${found.index}"]`);
      },
      () => this.describe(),
      patienceMs,
    );
  }
}

/** Removes non-breaking blanks and the empty spans of icons, which VS Code adds to labels. */
function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

export function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}
