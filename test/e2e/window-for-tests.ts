import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import type { VsCodeAge } from '../../scripts/install-code-server.mjs';
import { VsCodeWindow, type WindowOptions } from './vscode-window';

/** The VS Codes under test, for `describe.each(vscodes)('in the %s VS Code', …)`. */
export const vscodes = ['newest', 'oldest'] as const satisfies readonly VsCodeAge[];

type TestWindowOptions = Omit<WindowOptions, 'codeServer' | 'extension'>;

/** Longest time that a window may take to open, on a busy machine with two cores. */
const OPEN_MS = 180_000;

/** Opens a window with the packaged extension. The caller closes the window. */
function openWindow(age: VsCodeAge, options: TestWindowOptions = {}): Promise<VsCodeWindow> {
  const { codeServer, extensionsFolder } = inject('vscodes')[age];
  return VsCodeWindow.open({ ...options, codeServer, extension: { extensionsFolder } });
}

/**
 * Opens one window for the tests of a describe block. It opens before the first test and closes after the last. A failed test
 * leaves a screenshot and the logs.
 *
 * @returns A function that gives the window, inside tests and hooks.
 */
export function windowForTests(age: VsCodeAge, options: TestWindowOptions = {}): () => VsCodeWindow {
  let window: VsCodeWindow | undefined;
  const opened = () => {
    if (window === undefined) throw new Error('The window is there only inside tests and hooks.');
    return window;
  };
  beforeAll(async () => {
    window = await openWindow(age, options);
  }, OPEN_MS);
  beforeEach(({ task, onTestFailed }) => {
    onTestFailed(() =>
      opened().saveEvidence(`failed-${task.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 80)}`),
    );
  });
  afterAll(async () => {
    await window?.close();
  }, 60_000);
  return opened;
}
