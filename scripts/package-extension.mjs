// @ts-check
import { resolve } from 'node:path';
import { packageFile, projectFolder } from './package-file.mjs';
import { runNpm } from './run-command.mjs';

/**
 * Packages the extension for this machine with `npm run package`, or takes the package that ZIPAR_TEST_VSIX names.
 *
 * @param {(line: string) => void} [log]
 * @returns {Promise<string>} The .vsix file.
 */
export async function packageExtension(log = console.log) {
  const given = process.env.ZIPAR_TEST_VSIX;
  if (given) return resolve(given);
  log('extension: packaging');
  await runNpm(['run', 'package', '--silent'], projectFolder, process.env);
  const vsix = packageFile();
  log(`extension: ${vsix}`);
  return vsix;
}
