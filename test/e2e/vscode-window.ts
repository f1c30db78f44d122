import type { Browser, Frame, Page } from 'playwright-core';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CodeServer } from '../../scripts/install-code-server.mjs';
import { launchChromium } from './chromium';
import { RunningCodeServer, WindowFolders, installExtension } from './code-server';
import { dialogIn, dialogNowIn, notificationsIn, type Dialog, type Notification } from './messages';
import {
  WINDOW_MARK,
  killProcessesOf,
  makeFolderFor,
  newWindowMark,
  processesOf,
  type RunningProcess,
} from './process-tree';
import { QuickInput, matches } from './quick-input';
import { errorsIn, extensionHostLog, logsNamed } from './server-logs';
import { PATIENCE_MS, succeeds, until } from './until';
import { SETTLED_TITLE, writeLanguagePack, writeUserSettings, type Theme } from './user-settings';
import { webviewFramesIn } from './webview-frames';

export interface WindowOptions {
  /** The code-server that `ensureCodeServer` returned. */
  readonly codeServer: CodeServer;
  /** The extension under test: a package to install into a new folder, or a folder that already contains the extension. */
  readonly extension: { readonly vsix: string } | { readonly extensionsFolder: string };
  /** The folder to open; a new empty folder if undefined. */
  readonly workspace?: string;
  /** The theme; dark if undefined. */
  readonly theme?: Theme;
  /** User settings in addition to those that keep the window quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Language of the extension's texts. VS Code's own texts stay English. English if undefined. */
  readonly language?: 'de';
  /** Environment variables of the server, the extension and its sidecar. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Size in CSS pixels; 1280 × 800 if undefined. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** After so long without a notification, in milliseconds, it may have been hidden unseen. */
const NOTIFICATION_HIDDEN_MS = 30_000;

/** Folder for screenshots and logs; git ignores it. */
const ARTIFACTS = resolve(import.meta.dirname, '../../test-artifacts');

/**
 * A real VS Code window: code-server with its own folders, shown in a headless Chromium.
 *
 * Always `close` the window, because that ends every process that was started for it.
 */
export class VsCodeWindow {
  private readonly errorsOnConsole: string[] = [];

  private constructor(
    /** The browser's page, for actions that this class has no method for. */
    readonly page: Page,
    /** The folder that is open in the window. */
    readonly workspace: string,
    readonly theme: Theme,
    readonly vscode: string,
    readonly folders: WindowFolders,
    private readonly server: RunningCodeServer,
    private readonly browser: Browser,
    private readonly mark: string,
    private readonly leaveNothing: () => void,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.errorsOnConsole.push(message.text());
    });
  }

  /** Starts VS Code and waits until its workbench is drawn. */
  static async open(options: WindowOptions): Promise<VsCodeWindow> {
    const mark = newWindowMark();
    const folders = new WindowFolders(makeFolderFor(mark));
    const leaveNothing = () => {
      process.removeListener('exit', leaveNothing);
      killProcessesOf(mark);
      if (process.env.ZIPAR_TEST_KEEP) return;
      rmSync(folders.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    };
    process.on('exit', leaveNothing);
    try {
      return await VsCodeWindow.openIn(options, folders, mark, leaveNothing);
    } catch (error) {
      leaveNothing();
      throw error;
    }
  }

  private static async openIn(
    options: WindowOptions,
    folders: WindowFolders,
    mark: string,
    leaveNothing: () => void,
  ): Promise<VsCodeWindow> {
    const theme = options.theme ?? 'dark';
    const workspace = options.workspace ?? join(folders.root, 'workspace');
    mkdirSync(workspace, { recursive: true });
    writeUserSettings(folders.userData, theme, options.settings ?? {});
    if (options.language) writeLanguagePack(folders.userData, options.language);
    const extensions = await extensionsFolderOf(options, folders);
    const environment = { ...options.environment, [WINDOW_MARK]: mark };
    const server = RunningCodeServer.start(
      options.codeServer,
      folders,
      extensions,
      workspace,
      environment,
      options.language,
    );
    const address = await server.address();
    const browser = await launchChromium(folders.environment({ [WINDOW_MARK]: mark }));
    const page = await browser.newPage({
      viewport: options.size ?? { width: 1280, height: 800 },
      ...(options.language && { locale: options.language }),
    });
    page.context().setDefaultTimeout(PATIENCE_MS);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const { vscode } = options.codeServer;
    const window = new VsCodeWindow(
      page,
      workspace,
      theme,
      vscode,
      folders,
      server,
      browser,
      mark,
      leaveNothing,
    );
    await page.goto(address);
    await window.workbenchDrawn();
    return window;
  }

  /** Runs a command through the command palette. `title` includes the category, such as `ZipAR: Generate Image…`. */
  async runCommand(title: string): Promise<void> {
    const palette = new QuickInput(this.page);
    await until(
      `the command "${title}" in the palette`,
      async () => {
        await this.openPalette();
        // An editor that loads meanwhile takes the focus, and the palette closes. The loop opens the palette again.
        if (!(await succeeds(palette.type(`>${title}`)))) return false;
        // The palette lists the commands that exist when it opens. Commands of extensions appear some seconds after the
        // workbench. So waiting does not help, and the loop opens the palette again.
        return succeeds(palette.pickInSight(title, 3_000));
      },
      () => palette.describe(),
    );
    await until('the palette to close', async () => !(await this.paletteIsOpen()));
  }

  /** Waits for an input box or quick pick that the extension opened. `QuickInput` has the methods to use it. */
  async quickInput(title?: string | RegExp): Promise<QuickInput> {
    return new QuickInput(this.page).opened(title);
  }

  /** Waits for a quick pick and chooses a row by its label. */
  async pickQuickPickItem(label: string, title?: string | RegExp): Promise<void> {
    await (await this.quickInput(title)).pick(label);
  }

  /**
   * Answers the dialog for saving or opening a file with an absolute path on the server, and confirms overwriting. In a browser
   * window VS Code draws this dialog itself, as a quick input.
   */
  async answerFileDialog(path: string): Promise<void> {
    const dialog = await this.quickInput();
    await until(
      'the file dialog to list its folder',
      // Until the dialog has listed the folder, it replaces typed text with the suggested name.
      async () => (await dialog.value()).startsWith('/') && (await dialog.items()).length > 0,
      () => dialog.describe(),
    );
    await dialog.type(path);
    await until(
      `the file dialog to take ${path}`,
      async () => {
        // Enter has no effect while the dialog still reads the folder. A second Enter confirms overwriting.
        await dialog.pressEnter();
        await this.page.waitForTimeout(300);
        return !(await dialog.isOpen());
      },
      () => dialog.describe(),
    );
  }

  /**
   * The document of a visible webview. After the view was hidden or moved, ask again, because VS Code then loads a new
   * document.
   *
   * @param wanted How to recognise the webview: a CSS selector that matches something in it, or a test of its frame.
   */
  async webviewFrame(wanted: string | ((frame: Frame) => Promise<boolean>) = 'body'): Promise<Frame> {
    const isWanted =
      typeof wanted === 'string' ? async (frame: Frame) => (await frame.locator(wanted).count()) > 0 : wanted;
    return until(
      typeof wanted === 'string' ? `a webview with ${wanted}` : 'a webview for which the predicate holds',
      async () => {
        for (const frame of await webviewFramesIn(this.page)) {
          // A frame that is replaced during the question is not the wanted frame.
          if (await isWanted(frame).catch(() => false)) return frame;
        }
        return undefined;
      },
      () => this.describe(),
    );
  }

  /** What the window shows: editors, the beginning of each webview's text, notifications. */
  private async describe(): Promise<string> {
    const pages = await Promise.all(
      (await webviewFramesIn(this.page)).map(async (frame) => {
        const text = await frame
          .locator('body')
          .innerText({ timeout: 5_000 })
          .catch(() => 'a page without text');
        return JSON.stringify(text.slice(0, 300));
      }),
    );
    const messages = (await this.notifications()).map(({ message }) => message);
    return [
      `editors: ${(await this.editorTitles()).join(', ')}`,
      `webviews in sight: ${pages.join(', ')}`,
      `notifications: ${messages.join(' | ')}`,
    ].join('; ');
  }

  /** Titles of the open editor tabs. */
  async editorTitles(): Promise<string[]> {
    return this.page.locator('.tabs-container .tab .label-name').allInnerTexts();
  }

  /** The status bar's entries from left to right, separated by ` · `. Icons have no text. */
  async statusBarText(): Promise<string> {
    const entries = await this.page.locator('.part.statusbar .statusbar-item').allInnerTexts();
    const texts = entries.map((text) => text.replace(/\s+/g, ' ').trim());
    return texts.filter((text) => text !== '').join(' · ');
  }

  /** Waits until the status bar's text matches, and returns the text. */
  async statusBar(wanted: RegExp): Promise<string> {
    return until(
      `the status bar to show ${String(wanted)}`,
      async () => {
        const text = await this.statusBarText();
        return wanted.test(text) ? text : undefined;
      },
      () => this.statusBarText(),
    );
  }

  /** Clicks the status bar entry whose text matches. */
  async clickStatusBar(wanted: string | RegExp): Promise<void> {
    await this.page.locator('.part.statusbar .statusbar-item', { hasText: wanted }).click();
  }

  /** The visible notifications, the newest first. */
  async notifications(): Promise<Notification[]> {
    return notificationsIn(this.page, () => this.showNotifications());
  }

  /** Waits for a notification whose message equals or matches `message`. It may be hidden by now. */
  async notification(message: string | RegExp): Promise<Notification> {
    const shownAt = Date.now() + NOTIFICATION_HIDDEN_MS;
    let allAreShown = false;
    return until(
      `the notification ${String(message)}`,
      async () => {
        const found = (await this.notifications()).find((each) => matches(each.message, message));
        if (found !== undefined || allAreShown || Date.now() < shownAt) return found;
        await this.showNotifications();
        allAreShown = true;
        return undefined;
      },
      async () => (await this.notifications()).map((each) => each.message).join(' | ') || 'none',
    );
  }

  /** Waits for a modal dialog. */
  async dialog(): Promise<Dialog> {
    return dialogIn(this.page);
  }

  /** Writes `test-artifacts/<VS Code version>-<theme>-<name>.png` and returns its path. */
  async screenshot(name: string): Promise<string> {
    const path = this.artifact(`${name}.png`);
    await this.page.screenshot({ path, caret: 'hide', animations: 'disabled' });
    return path;
  }

  /** Saves a screenshot and every log of a failed test in `test-artifacts/`. Never throws. */
  async saveEvidence(name: string): Promise<void> {
    await this.screenshot(name).catch(() => undefined);
    const processes = this.processes().map(({ pid, commandLine }) => `${pid} ${commandLine}`);
    const parts = [
      ['processes', processes.join('\n')],
      ['errors in the browser', this.consoleErrors().join('\n')],
      ['server', this.server.output],
      ['logs', logsNamed(this.folders.userData, () => true)],
    ];
    const text = parts.map(([title, body]) => `===== ${String(title)}\n${String(body)}\n`).join('\n');
    writeFileSync(this.artifact(`${name}.log`), text);
  }

  /** The log of the extension host: activations, and uncaught errors. */
  extensionHostLog(): string {
    return extensionHostLog(this.folders.userData);
  }

  /** Errors of the extension host, without those that VS Code itself causes on a machine without its services. */
  extensionHostErrors(): string[] {
    return errorsIn(this.extensionHostLog());
  }

  /** The text that an extension wrote to its output channel of this name. */
  outputChannel(name: string): string {
    return logsNamed(this.folders.userData, (file) => file.replace(/^\d+-/, '') === `${name}.log`);
  }

  /** Errors in the browser's console, including those of VS Code. */
  consoleErrors(): readonly string[] {
    return this.errorsOnConsole;
  }

  /** Every running process of this window: server, extension host, sidecar, browser. Linux only. */
  processes(): RunningProcess[] {
    return processesOf(this.mark);
  }

  /**
   * Waits until VS Code has written down its open editors, which it does every few seconds. It reads them after a reload.
   *
   * @param wanted Matches the written state of an editor.
   */
  async editorsWritten(wanted: RegExp): Promise<void> {
    await until(`VS Code to write down ${String(wanted)}`, async () =>
      (await writtenState(this.page)).some((text) => wanted.test(text)),
    );
  }

  /** Loads the window again, as "Developer: Reload Window" does. A new extension host starts. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.workbenchDrawn();
  }

  /** Ends the window and every process made for it, even if some of them hang. Removes the window's folders. */
  async close(): Promise<void> {
    try {
      await withinSeconds(10, this.browser.close());
      await this.server.stop();
    } finally {
      this.server.killNow();
      this.leaveNothing();
    }
  }

  private async workbenchDrawn(): Promise<void> {
    await until(
      'the workbench to be drawn',
      () => this.page.locator('.monaco-workbench .part.statusbar .statusbar-item').first().isVisible(),
      () => Promise.resolve(`the server's output:\n${this.server.output}`),
    );
    // Until these settings apply, an extension that reads its settings gets the defaults.
    await until(
      'the settings of the remote machine to be in force',
      async () => (await this.page.title()) === SETTLED_TITLE,
      async () => `the window is called "${await this.page.title()}"`,
    );
  }

  private async showNotifications(): Promise<void> {
    await this.runCommand('Notifications: Show Notifications');
  }

  private async openPalette(): Promise<void> {
    if (await this.paletteIsOpen()) await this.page.keyboard.press('Escape');
    // A webview with the focus would get the key, and it passes the key on only when it is loaded.
    await this.page.evaluate("document.activeElement?.tagName === 'IFRAME' && document.activeElement.blur()");
    await until('the command palette to open after F1', async () => {
      const dialog = await dialogNowIn(this.page);
      if (dialog)
        throw new Error(`a dialog is in the way of the palette: ${dialog.message} ${dialog.detail}`);
      // The key is lost while VS Code still starts, so the loop presses it again.
      await this.page.keyboard.press('F1');
      return succeeds(until('the palette', () => this.paletteIsOpen(), undefined, 1_000));
    });
  }

  private async paletteIsOpen(): Promise<boolean> {
    const input = new QuickInput(this.page);
    return (await input.isOpen()) && (await input.value()).startsWith('>');
  }

  private artifact(name: string): string {
    mkdirSync(ARTIFACTS, { recursive: true });
    return join(ARTIFACTS, `${this.vscode}-${this.theme}-${name}`);
  }
}

async function extensionsFolderOf(
  { codeServer, extension }: WindowOptions,
  folders: WindowFolders,
): Promise<string> {
  if ('extensionsFolder' in extension) return extension.extensionsFolder;
  const folder = join(folders.root, 'extensions');
  await installExtension(codeServer, extension.vsix, folder, join(folders.root, 'install'));
  return folder;
}

async function withinSeconds(seconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, seconds * 1000)));
  await Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Everything that VS Code keeps in the browser about the open folder, as texts. */
async function writtenState(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(async () => {
    const answer = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const texts = [];
    for (const { name } of await indexedDB.databases()) {
      if (!name.startsWith('vscode-web-state-db-')) continue;
      const database = await answer(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const rows = database.transaction(table).objectStore(table).getAll();
        texts.push(...(await answer(rows)).map((row) => typeof row === 'string' ? row : JSON.stringify(row)));
      }
      database.close();
    }
    return texts;
  })()`);
}
