import { commands, EventEmitter, window, type Disposable, type QuickInput } from 'vscode';

/** How long a walkthrough may take to take the focus from an input, ms. VS Code takes 250 after the key is released. */
const WALKTHROUGH_MS = 500;

/** Whether a walkthrough may be in sight. VS Code tells no input of a walkthrough's tab, and of few others. */
function isWalkthroughInSight(): boolean {
  const tab = window.tabGroups.activeTabGroup.activeTab;
  return tab !== undefined && tab.input === undefined;
}

/**
 * Resolves when no walkthrough is about to take the focus from an input. Where Enter in the command palette is released, the
 * step of a walkthrough behind the palette may be pressed, too. The step then takes the focus. Call this after the input is
 * shown.
 */
async function walkthroughIsQuiet(): Promise<void> {
  await commands.executeCommand('noop'); // a busy window answers when it has shown the input
  await new Promise((resolve) => {
    setTimeout(resolve, WALKTHROUGH_MS);
  });
}

/** Asks with an input of VS Code's own. It asks once more where a walkthrough closed the input by taking its focus. */
export async function ask<T>(show: () => Thenable<T | undefined>): Promise<T | undefined> {
  const mayLoseFocus = isWalkthroughInSight();
  const first = show();
  if (!mayLoseFocus) return first;
  const quiet = walkthroughIsQuiet().then(() => 'quiet' as const);
  const outcome = await Promise.race([quiet, first]);
  return outcome === undefined ? show() : first;
}

/**
 * An input that stays open if the user clicks elsewhere, or if a panel takes the focus when it opens. Only a walkthrough may
 * close it, by taking its focus. The input is then shown again, and has the focus.
 */
export class LastingInput implements Disposable {
  private readonly hidden = new EventEmitter<void>();
  /** Fires when the user closes the input. */
  readonly onDidHide = this.hidden.event;
  private isDisposed = false;

  constructor(private readonly input: QuickInput) {
    input.ignoreFocusOut = true;
    input.onDidHide(() => {
      if (input.ignoreFocusOut || this.isDisposed) {
        this.hidden.fire();
        return;
      }
      input.ignoreFocusOut = true;
      input.show();
    });
  }

  show(): void {
    const mayLoseFocus = isWalkthroughInSight();
    this.input.ignoreFocusOut = !mayLoseFocus;
    this.input.show();
    if (mayLoseFocus)
      void walkthroughIsQuiet().then(() => {
        if (!this.isDisposed) this.input.ignoreFocusOut = true;
      });
  }

  dispose(): void {
    this.isDisposed = true;
    this.input.dispose();
    this.hidden.dispose();
  }
}
