// @ts-check
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runNpm } from './run-command.mjs';

/** The checkout. */
export const projectFolder = resolve(import.meta.dirname, '..');

/**
 * Packages the extension for this machine with `npm run package`; or takes the package that ZIPAR_TEST_VSIX names.
 *
 * @param {(line: string) => void} [log]
 * @returns {Promise<string>} The .vsix file.
 */
export async function packageExtension(log = console.log) {
  const given = process.env.ZIPAR_TEST_VSIX;
  if (given) return resolve(given);
  log('extension: packaging');
  await runNpm(['run', 'package', '--silent'], projectFolder, process.env);
  const vsix = newestPackage();
  log(`extension: ${vsix}`);
  return vsix;
}

/**
 * `npm run package` writes `dist/zipar-studio-<target>-<version>.vsix`; the target is VS Code's name for the
 * platform, such as linux-x64.
 */
function newestPackage() {
  const prefix = `zipar-studio-${process.platform}-${process.arch}-`;
  const dist = join(projectFolder, 'dist');
  const newest = readdirSync(dist)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.vsix'))
    .map((name) => join(dist, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (newest === undefined) throw new Error(`npm run package left no ${prefix}<version>.vsix in ${dist}.`);
  return newest;
}
