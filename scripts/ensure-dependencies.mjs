// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** Runs a program in the checkout with its output shown; ends this process when it fails. */
export function runOrExit(/** @type {string} */ program, /** @type {readonly string[]} */ args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', shell: false });
  if (error) {
    console.error(`${program} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs what the lockfile names, unless exactly that is installed already; ends this process on a Node.js that is too old. */
export function ensureDependencies() {
  requireNode();
  if (isInstalled()) return;
  console.log('Installing dependencies …');
  // npm's own script through this Node: on Windows npm is a .cmd file, which only a shell could start.
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

/** npm leaves beside the packages a copy of the lockfile as it installed it. */
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
