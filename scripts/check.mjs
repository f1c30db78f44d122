// @ts-check
/** `npm run check`: types, lint, format, dead code, plain English. It runs all checks, so one run shows every finding. */
import { spawnSync } from 'node:child_process';
import { ensureDependencies } from './ensure-dependencies.mjs';

ensureDependencies();

/** @type {readonly (readonly [name: string, script: string, ...args: string[]])[]} */
const checks = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['types of the webview', 'node_modules/typescript/bin/tsc', '-p', 'webview'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0'],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ['plain English', 'scripts/check-english.mjs'],
  ['dead code', 'node_modules/knip/bin/knip.js'],
];

const failed = checks.filter(([name, script, ...args]) => {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return status !== 0;
});
if (failed.length > 0) process.exitCode = 1;
