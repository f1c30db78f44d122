// @ts-check
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The checkout. */
export const projectFolder = resolve(import.meta.dirname, '..');

/** Where `npm run package` writes the .vsix for this platform; VS Code's name for a platform is such as linux-x64. */
export function packageFile() {
  const { version } = JSON.parse(readFileSync(resolve(projectFolder, 'package.json'), 'utf8'));
  return resolve(projectFolder, 'dist', `zipar-studio-${process.platform}-${process.arch}-${version}.vsix`);
}
