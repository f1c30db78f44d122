// @ts-check
/**
 * `npm test`: everything, from a bare clone: installs what is missing, checks, builds, packages, and runs the unit,
 * integration and end-to-end tests. Ends with one line, "N passed, N failed".
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
ensureDependencies();
runOrExit(process.execPath, ['scripts/install-system-packages.mjs']);
runOrExit(process.execPath, ['scripts/check.mjs']);
runOrExit(process.execPath, ['scripts/package.mjs']); // builds, too

const report = 'test-artifacts/report.json';
rmSync(report, { force: true });
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const { status } = spawnSync(process.execPath, [...vitest, ...process.argv.slice(2)], { stdio: 'inherit' });

const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
// A test file that cannot even be loaded counts no test, yet it failed.
const failed = status === 0 ? 0 : Math.max(1, numFailedTests);
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
