// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** Runs a program in the checkout and shows its output. Ends this process when the program fails. */
export function runOrExit(/** @type {string} */ program, /** @type {readonly string[]} */ args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', shell: false });
  if (error) {
    console.error(`${program} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the packages of the lockfile, unless exactly these are installed. Ends this process if Node.js is too old. */
export function ensureDependencies() {
  requireNode();
  if (isInstalled()) return;
  console.log('Installing dependencies …');
  // npm's script runs through this Node.js, because on Windows npm is a .cmd file, which only a shell could start.
  const npm = process.env.npm_execpath;
  if (npm) runOrExit(process.execPath, [npm, 'ci', '--no-audit', '--no-fund']);
  else runOrExit('npm', ['ci', '--no-audit', '--no-fund']);
}

function requireNode() {
  const { node } = process.versions;
  const least = Number(/\d+/.exec(JSON.parse(readFileSync('package.json', 'utf8')).engines.node)?.[0]);
  if (Number.parseInt(node, 10) >= least) return;
  console.error(`ZipAR Studio needs Node.js ${least} or newer; this is ${node}.`);
  process.exit(2);
}

/** Whether the packages are installed. npm keeps a copy of the lockfile beside the packages that it installed. */
function isInstalled() {
  const installed = 'node_modules/.package-lock.json';
  if (!existsSync(installed)) return false;
  const wanted = packagesOf('package-lock.json');
  const have = packagesOf(installed);
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.version === have[path]?.version,
  );
}

/** @returns {Record<string, { version?: string, optional?: boolean }>} */
function packagesOf(/** @type {string} */ lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages ?? {};
}
