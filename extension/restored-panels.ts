import { window, type Disposable, type Uri, type WebviewPanel } from 'vscode';
import { errorMessage } from './error-message';
import type { StepThroughPages } from './step-through-pages';

/** How the panels of a view come back after a reload. `T` is what a panel shows, as the state of its page tells. */
interface RestoredView<T> {
  /** What the state of a page tells; undefined when it tells nothing. */
  readonly shownBy: (state: unknown) => T | undefined;
  /** Further folders from which the page may load pictures. */
  readonly foldersOf?: (shown: T) => readonly Uri[];
  /** Fills the panel. @throws Error whose message the page then shows */
  readonly show: (panel: WebviewPanel, shown: T) => Promise<void>;
}

/** Brings the panels of a view back after a reload. A panel whose page told nothing is closed. */
export function restorePanels<T>(
  viewType: string,
  pages: StepThroughPages,
  { shownBy, foldersOf, show }: RestoredView<T>,
): Disposable {
  return window.registerWebviewPanelSerializer(viewType, {
    deserializeWebviewPanel: async (panel, state: unknown) => {
      const shown = shownBy(state);
      if (shown === undefined) {
        panel.dispose();
        return;
      }
      panel.webview.options = pages.options(...(foldersOf?.(shown) ?? []));
      try {
        await show(panel, shown);
      } catch (error) {
        panel.webview.html = pages.message(panel.webview, errorMessage(error));
      }
    },
  });
}
