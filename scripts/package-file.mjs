// @ts-check
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Folder of the checkout. */
export const projectFolder = resolve(import.meta.dirname, '..');

/** Path where `npm run package` writes the .vsix for this platform. An example of a platform name of VS Code is linux-x64. */
export function packageFile() {
  const { version } = JSON.parse(readFileSync(resolve(projectFolder, 'package.json'), 'utf8'));
  return resolve(projectFolder, 'dist', `zipar-studio-${process.platform}-${process.arch}-${version}.vsix`);
}
