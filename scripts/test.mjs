// @ts-check
/**
 * `npm test`: everything, from a bare clone: installs what is missing, checks, builds, packages, and runs the unit,
 * integration and end-to-end tests. Ends with one line, "N passed, N failed".
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';
import { packageFile } from './package-file.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
ensureDependencies();
runOrExit(process.execPath, ['scripts/install-system-packages.mjs']);
// Minutes of fetching and compiling the first time: begun now, waited for where it is needed.
const codeServers = spawn(process.execPath, ['scripts/install-code-server.mjs'], { stdio: 'inherit' });
const codeServersReady = once(codeServers, 'close');
runOrExit(process.execPath, ['scripts/check.mjs']);
runOrExit(process.execPath, ['scripts/package.mjs']); // builds, too
const [installed] = await codeServersReady;
if (installed !== 0) process.exit(1);

const report = 'test-artifacts/report.json';
rmSync(report, { force: true });
const vitest = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];
const env = { ...process.env, ZIPAR_TEST_VSIX: packageFile() };
const { status } = spawnSync(process.execPath, [...vitest, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
});

const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
// A test file that cannot even be loaded counts no test, yet it failed.
const failed = status === 0 ? 0 : Math.max(1, numFailedTests);
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
