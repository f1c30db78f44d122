// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isMain, runCommand, runScript } from './run-command.mjs';

/**
 * @typedef {object} SystemNeed One thing the end-to-end tests need from the operating system.
 * @property {string} debianPackage
 * @property {string} why
 * @property {() => boolean} present True when the need is met, whatever installed it.
 */

/**
 * What installing and running a code-server needs.
 *
 * @type {readonly SystemNeed[]}
 */
export const forCodeServer = [
  { debianPackage: 'g++', why: "VS Code's log writer is compiled on install", present: () => onPath('g++') },
  { debianPackage: 'make', why: 'for the same', present: () => onPath('make') },
  { debianPackage: 'python3', why: 'for the same', present: () => onPath('python3') },
  { debianPackage: 'ripgrep', why: 'file search in VS Code 1.100', present: () => onPath('rg') },
];

/**
 * What running the end-to-end tests needs.
 *
 * @type {readonly SystemNeed[]}
 */
export const forTests = [
  ...forCodeServer,
  {
    debianPackage: 'chromium',
    why: 'the browser that shows VS Code',
    present: () => findChromium() !== undefined,
  },
  { debianPackage: 'libvulkan1', why: "WebGPU on chromium's software Vulkan", present: hasVulkanLoader },
];

/**
 * Finds the Chromium that the tests drive: ZIPAR_CHROMIUM, otherwise the first known name on PATH.
 *
 * @returns {string | undefined} Its full path.
 */
export function findChromium() {
  const chosen = process.env.ZIPAR_CHROMIUM;
  if (chosen) return chosen;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const found = whereOnPath(name);
    if (found) return found;
  }
  const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return existsSync(onMac) ? onMac : undefined;
}

/**
 * Installs what is missing, if possible: as root on a system with apt. If nothing is missing, it uses neither apt nor the
 * network.
 *
 * @param {readonly SystemNeed[]} needs
 * @param {(line: string) => void} [log]
 * @throws {Error} One sentence that names what is missing, if this machine cannot install it.
 */
export async function ensureSystemPackages(needs, log = console.log) {
  const missing = needs.filter((need) => !need.present());
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(whatIsMissing(missing));
  const packages = missing.map((need) => need.debianPackage);
  log(`system packages: installing ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another apt may run on a machine that has just booted. Waiting for its lock is better than failing.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await runCommand('apt-get', [...wait, 'update'], { env });
  await runCommand('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env });
  const still = needs.filter((need) => !need.present());
  if (still.length > 0) throw new Error(whatIsMissing(still));
}

/** @param {readonly SystemNeed[]} missing */
function whatIsMissing(missing) {
  const list = missing.map((need) => `${need.debianPackage} (${need.why})`).join(', ');
  const packages = missing.map((need) => need.debianPackage).join(' ');
  return `This machine lacks ${list}: install it, on Debian with "apt-get install ${packages}" as root, and try again.`;
}

/** @param {string} name */
function whereOnPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} name */
function onPath(name) {
  return whereOnPath(name) !== undefined;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a Vulkan loader is found. Only Linux looks for one by name; elsewhere WebGPU uses Metal or D3D12. */
function hasVulkanLoader() {
  if (process.platform !== 'linux') return true;
  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find(isExecutable) ?? 'ldconfig';
  return (spawnSync(ldconfig, ['-p'], { encoding: 'utf8' }).stdout ?? '').includes('libvulkan.so.1');
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    await ensureSystemPackages(forTests);
    console.log('system packages: all present');
  });
}
