// @ts-check
/**
 * `npm test`: runs everything, from a bare clone. It installs what is missing, checks, builds and packages. Then it runs the
 * unit, integration and end-to-end tests. Its last line is "N passed, N failed".
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
// The first time, this takes minutes to download and compile. It starts now, and is awaited where it is needed.
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
// A test file that cannot be loaded counts no test, but it failed nevertheless.
const failed = status === 0 ? 0 : Math.max(1, numFailedTests);
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
