import type { Locator, Page } from 'playwright-core';
import { until } from './until';

/** The widget exists once in a window; VS Code shows and hides it. */
const WIDGET = '.quick-input-widget';

const ROW = '.quick-input-list .monaco-list-row';

/** A command that opens an input first activates the extension, which takes long on a busy machine. */
const TIMEOUT_MS = 90_000;
/** An input that is there takes text at once; one that has closed never will. */
const TYPE_TIMEOUT_MS = 5_000;

/**
 * VS Code's one input at the top of the window: input box, quick pick, command palette and, in a browser
 * window, the dialogs for opening and saving files.
 */
export class QuickInput {
  readonly #widget: Locator;
  readonly #input: Locator;

  constructor(readonly page: Page) {
    this.#widget = page.locator(WIDGET);
    this.#input = this.#widget.locator('.quick-input-box input');
  }

  async isOpen(): Promise<boolean> {
    return this.#widget.isVisible();
  }

  /** The title line, empty if it has none. */
  async title(): Promise<string> {
    const title = this.#widget.locator('.quick-input-title');
    return (await title.isVisible()) ? tidy(await title.innerText()) : '';
  }

  async placeholder(): Promise<string> {
    return (await this.#input.getAttribute('placeholder', { timeout: TIMEOUT_MS })) ?? '';
  }

  async value(): Promise<string> {
    return this.#input.inputValue({ timeout: TIMEOUT_MS });
  }

  /** The line below the input: the prompt, or why the value is refused. */
  async message(): Promise<string> {
    const message = this.#widget.locator('.quick-input-message');
    return (await message.isVisible()) ? tidy(await message.innerText()) : '';
  }

  /** Labels of the rows in sight, without icons, descriptions and details. */
  async items(): Promise<string[]> {
    return (await this.#labels()).map(({ label }) => label);
  }

  /**
   * Waits for an input that an extension opened: any but the command palette.
   *
   * @param title Needed when one input follows another, to know which of them is there.
   */
  async opened(title?: string | RegExp, timeoutMs = TIMEOUT_MS): Promise<this> {
    const wanted = title === undefined ? 'an input' : `the input titled ${String(title)}`;
    await until(
      wanted,
      timeoutMs,
      async () => {
        if (!(await this.isOpen()) || (await this.value()).startsWith('>')) return false;
        return title === undefined || matches(await this.title(), title);
      },
      () => this.describe(),
    );
    return this;
  }

  /** Replaces what is in the input. */
  async type(text: string): Promise<this> {
    await this.#input.fill(text, { timeout: TYPE_TIMEOUT_MS });
    return this;
  }

  /**
   * Presses Enter and waits until the input is gone or the next one has taken its place.
   *
   * @throws {WaitedInVain} When the input stays; the message holds VS Code's own, such as why the value is refused.
   */
  async accept(): Promise<void> {
    const before = await this.#identity();
    await this.#input.press('Enter', { timeout: TIMEOUT_MS });
    await until(
      'the input to take Enter',
      TIMEOUT_MS,
      async () => (await this.#identity()) !== before,
      () => this.describe(),
    );
  }

  /** Presses Enter if the input is still there, without a look at what comes of it. */
  async pressEnter(): Promise<void> {
    await this.#input.press('Enter', { timeout: 500 }).catch(() => undefined);
  }

  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.closed();
  }

  async closed(timeoutMs = TIMEOUT_MS): Promise<void> {
    await until(
      'the input to close',
      timeoutMs,
      async () => !(await this.isOpen()),
      () => this.describe(),
    );
  }

  /** Chooses a row by its exact label; types the label if the row is not in sight, as a long list shows a part. */
  async pick(label: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    const inSight = await this.pickInSight(label, Math.min(timeoutMs, 2_000)).then(
      () => true,
      () => false,
    );
    if (inSight) return;
    await this.type(label);
    await this.pickInSight(label, timeoutMs);
  }

  /** Chooses a row by its exact label, without a change to the input. */
  async pickInSight(label: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    const row = await this.#row(label, timeoutMs);
    const before = await this.describe();
    await row.click({ timeout: timeoutMs });
    await until(
      `the choice of "${label}" to be taken`,
      timeoutMs,
      async () => (await this.describe()) !== before,
      () => this.describe(),
    );
  }

  /** Presses a button of the title line, named by its tooltip. */
  async pressButton(tooltip: string): Promise<void> {
    await this.#widget.getByRole('button', { name: tooltip }).click({ timeout: TIMEOUT_MS });
  }

  /** Ticks a row of a list that takes several; `accept` ends the choice. */
  async tick(label: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    const row = await this.#row(label, timeoutMs);
    await row.locator('.quick-input-list-checkbox').click({ timeout: timeoutMs });
  }

  /** What is there, for error messages. */
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

  /** Tells one input from the next. Rows and message are left out: they change while one input is open. */
  async #identity(): Promise<string> {
    if (!(await this.isOpen())) return '';
    return JSON.stringify([await this.title(), await this.placeholder(), await this.value()]);
  }

  /** The rows in sight from top to bottom; separators have no label, details are a second line of their row. */
  async #labels(): Promise<readonly { readonly index: string; readonly label: string }[]> {
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

  async #row(label: string, timeoutMs: number): Promise<Locator> {
    return until(
      `the row "${label}"`,
      timeoutMs,
      async () => {
        const found = (await this.#labels()).find((row) => row.label === tidy(label));
        return found && this.#widget.locator(`${ROW}[data-index="${found.index}"]`);
      },
      () => this.describe(),
    );
  }
}

/** Non-breaking blanks and icons' empty spans are VS Code's, not the label's. */
function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

export function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}
