// @ts-check
/**
 * `npm test`: runs everything, from a bare clone. It installs what is missing, checks, builds and packages. Then it runs the
 * unit, integration and end-to-end tests. Arguments go to vitest: `npm test -- test/unit`. Its last line is "N passed, N failed".
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
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

const env = { ...process.env, ZIPAR_TEST_VSIX: packageFile() };
const args = process.argv.slice(2);
// End-to-end tests wait for windows much of the time, so the others run beside them, at a lower priority: their limits are longer.
const lanes =
  args.length > 0 ? [args] : [['--project=end to end'], ['--project=unit', '--project=integration']];
const results = await Promise.all(lanes.map(run));
const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ name) =>
  results.reduce((total, result) => total + result[name], 0);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
for (const { failures } of results) for (const failure of failures) console.log(failure);
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = sum('failed') > 0 ? 1 : 0;

/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures: readonly string[] }} Result
 * @param {readonly string[]} args
 * @param {number} lane
 * @returns {Promise<Result>}
 */
async function run(args, lane) {
  const report = `test-artifacts/report-${lane}.json`;
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args];
  const tests = spawn(process.execPath, vitest, { stdio: 'inherit', env });
  if (lane > 0 && tests.pid) setPriority(tests.pid, 10);
  const [status] = await once(tests, 'close');
  // Without a report the lane did not end by itself. The other lane goes on, and the run has failed.
  if (!existsSync(report)) {
    const failures = [`FAILED: vitest ${args.join(' ')} ended without a report`];
    return { passed: 0, failed: 1, skipped: 0, failures };
  }
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A test file that cannot be loaded counts no test, but it failed nevertheless.
  const failed = status === 0 ? 0 : Math.max(1, numFailedTests);
  return {
    passed: numPassedTests,
    failed,
    skipped: numPendingTests,
    failures: testResults.flatMap(failuresOf),
  };
}

/**
 * What failed in a file, to be read at the end of a long output.
 * @param {{
 *   name: string, status: string, message: string,
 *   assertionResults: { fullName: string, status: string, failureMessages: string[] }[],
 * }} file
 * @returns {string[]}
 */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`FAILED: ${name}\n${message}`] : [];
  return failed.map(
    ({ fullName, failureMessages }) => `FAILED: ${name}: ${fullName}\n${failureMessages.join('\n')}`,
  );
}
