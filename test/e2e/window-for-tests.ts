import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import type { CodeServer, VsCodeAge } from '../../scripts/install-code-server.mjs';
import { installExtension } from './code-server';
import { VsCodeWindow, type WindowOptions } from './vscode-window';

/** The VS Codes under test, for `describe.each(vscodes)('in the %s VS Code', …)`. */
export const vscodes = ['newest', 'oldest'] as const satisfies readonly VsCodeAge[];

interface TestWindowOptions extends Omit<WindowOptions, 'codeServer' | 'extension'> {
  /** Folder of one more extension, which is installed beside ours. */
  readonly secondExtension?: string;
}

/** Opens a window with the packaged extension. The caller closes the window. */
async function openWindow(age: VsCodeAge, options: TestWindowOptions = {}): Promise<VsCodeWindow> {
  const { codeServer, extensionsFolder } = inject('vscodes')[age];
  const { secondExtension, ...others } = options;
  if (secondExtension === undefined)
    return VsCodeWindow.open({ ...others, codeServer, extension: { extensionsFolder } });
  return openWithSecond(others, codeServer, extensionsFolder, secondExtension);
}

/** Opens a window whose extensions are ours and a second one. */
async function openWithSecond(
  options: Omit<TestWindowOptions, 'secondExtension'>,
  codeServer: CodeServer,
  extensionsFolder: string,
  second: string,
): Promise<VsCodeWindow> {
  const folder = mkdtempSync(join(tmpdir(), 'zipar-extensions-'));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const both = join(folder, 'extensions');
  cpSync(extensionsFolder, both, { recursive: true });
  const packagePath = join(folder, 'second.vsix');
  await createVSIX({
    cwd: second,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
  });
  await installExtension(codeServer, packagePath, both, join(folder, 'install'));
  return VsCodeWindow.open({ ...options, codeServer, extension: { extensionsFolder: both } });
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
  });
  beforeEach(({ task, onTestFailed }) => {
    onTestFailed(() =>
      opened().saveEvidence(`failed-${task.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 80)}`),
    );
  });
  afterAll(async () => {
    await window?.close();
  });
  return opened;
}
