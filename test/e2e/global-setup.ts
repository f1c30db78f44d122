import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureCodeServer, type CodeServer, type VsCodeAge } from '../../scripts/install-code-server.mjs';
import { ensureSystemPackages, forTests } from '../../scripts/install-system-packages.mjs';
import { packageExtension } from '../../scripts/package-extension.mjs';
import { installExtension } from './code-server';
import { makeFolderFor, newWindowMark, removeAbandonedWindows } from './process-tree';

/** A VS Code with the extension installed, which tests open windows of. */
export interface PreparedVsCode {
  readonly codeServer: CodeServer;
  readonly extensionsFolder: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly vscodes: Readonly<Record<VsCodeAge, PreparedVsCode>>;
  }
}

/**
 * Prepares the end-to-end tests. It installs missing programs, packages the extension, and installs it into both VS Codes as a
 * user would. The extension is installed once and not for every window, because a package with ONNX Runtime takes seconds to
 * unpack.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  for (const { pid, commandLine } of removeAbandonedWindows()) {
    console.log(`ended ${pid}, left over from a test run that was killed: ${commandLine.slice(0, 120)}`);
  }
  await ensureSystemPackages(forTests);
  const [newest, oldest, vsix] = await Promise.all([
    ensureCodeServer('newest'),
    ensureCodeServer('oldest'),
    packageExtension(),
  ]);
  const folder = makeFolderFor(newWindowMark());
  const teardown = () => {
    process.removeListener('exit', teardown);
    rmSync(folder, { recursive: true, force: true });
  };
  // Vitest skips the teardown when it is interrupted.
  process.on('exit', teardown);
  try {
    const [inNewest, inOldest] = await Promise.all([
      prepare(newest, vsix, join(folder, 'newest')),
      prepare(oldest, vsix, join(folder, 'oldest')),
    ]);
    project.provide('vscodes', { newest: inNewest, oldest: inOldest });
  } catch (error) {
    teardown();
    throw error;
  }
  return teardown;
}

async function prepare(codeServer: CodeServer, vsix: string, folder: string): Promise<PreparedVsCode> {
  const extensionsFolder = join(folder, 'extensions');
  await installExtension(codeServer, vsix, extensionsFolder, join(folder, 'install'));
  return { codeServer, extensionsFolder };
}
