// @ts-check
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { ensureSystemPackages, forCodeServer } from './install-system-packages.mjs';
import { isMain, runNpm, runScript } from './run-command.mjs';

/**
 * Version number of this recipe. Raise it when the recipe changes: older installs are then made again.
 *
 * code-server on npm is VS Code's own server and workbench, so a browser in front of it is a real VS Code window. This recipe
 * installs code-server without its own install scripts. Those build seven native modules, which takes minutes and more system
 * packages. A window needs only one of the modules.
 */
const RECIPE = 1;

/**
 * @typedef {object} CodeServerVersion
 * @property {string} codeServer Version of the npm package.
 * @property {string} vscode Version of VS Code.
 * @property {string} node Version of Node.js that it needs; npm's `node-<platform>-<arch>` packages hold binary and headers.
 * @property {readonly string[]} builds Native modules that a window needs and that have no prebuilt binary.
 */

/** The newest VS Code at the time of writing, and the oldest that `engines.vscode` allows. */
export const codeServerVersions = Object.freeze({
  /** @type {CodeServerVersion} */
  newest: {
    codeServer: '4.139.1',
    vscode: '1.139.1',
    node: '24.21.0',
    builds: ['lib/vscode/node_modules/@vscode/spdlog', 'lib/vscode/node_modules/@vscode/native-watchdog'],
  },
  /** @type {CodeServerVersion} */
  oldest: {
    codeServer: '4.100.3',
    vscode: '1.100.3',
    node: '20.20.2',
    // argon2 hashes passwords. `--auth none` needs no password, but code-server 4.100 loads argon2 at start.
    builds: [
      'lib/vscode/node_modules/@vscode/spdlog',
      'lib/vscode/node_modules/native-watchdog',
      '../argon2',
    ],
  },
});

/** @typedef {keyof typeof codeServerVersions} VsCodeAge */

/**
 * @typedef {object} CodeServer
 * @property {string} entry The script to run: `node entry --auth none …`.
 * @property {string} node The Node.js binary to run it with.
 * @property {string} vscode Version of VS Code.
 */

/** Where installs are kept between runs: ZIPAR_TEST_CACHE, or a folder in the user's cache. */
export function cacheFolder() {
  return process.env.ZIPAR_TEST_CACHE || join(homedir(), '.cache', 'zipar-studio');
}

/**
 * Installs a code-server if the cache does not hold one. Several processes may call this at once: an install is made in a
 * separate folder and renamed when complete. So a folder with the final name is always whole.
 *
 * @param {VsCodeAge} age
 * @param {(line: string) => void} [log]
 * @returns {Promise<CodeServer>}
 */
export async function ensureCodeServer(age, log = console.log) {
  const version = codeServerVersions[age];
  const home = join(cacheFolder(), `code-server-${version.codeServer}`);
  if (await isComplete(home, version)) return locate(home, version);

  const started = Date.now();
  const say = (/** @type {string} */ line) =>
    log(`VS Code ${version.vscode}: ${line} (${Math.round((Date.now() - started) / 1000)} s)`);
  await mkdir(cacheFolder(), { recursive: true });
  await removeAbandoned(cacheFolder(), version);
  const draft = await mkdtemp(join(cacheFolder(), `${draftPrefix(version)}${process.pid}-`));
  try {
    await install(draft, version, say);
    await writeFile(join(draft, STAMP), JSON.stringify(stampOf(version)));
    await publish(draft, home, version);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  say('ready');
  return locate(home, version);
}

const STAMP = 'complete.json';

/** @param {CodeServerVersion} version */
const stampOf = (version) => ({ recipe: RECIPE, codeServer: version.codeServer, node: version.node });

/** @param {CodeServerVersion} version */
const draftPrefix = (version) => `draft-${version.codeServer}-`;

/**
 * @param {string} home
 * @param {CodeServerVersion} version
 */
async function isComplete(home, version) {
  try {
    return (await readFile(join(home, STAMP), 'utf8')) === JSON.stringify(stampOf(version));
  } catch {
    return false;
  }
}

/**
 * @param {string} home
 * @param {CodeServerVersion} version
 * @returns {CodeServer}
 */
function locate(home, version) {
  return {
    entry: join(home, 'node_modules/code-server/out/node/entry.js'),
    node: join(home, 'node_modules', nodePackage, 'bin/node'),
    vscode: version.vscode,
  };
}

/** npm's package for this platform. npm's `node` package only downloads this one, in an install script. */
const nodePackage = `node-${process.platform}-${process.arch}`;

/**
 * @param {string} folder
 * @param {CodeServerVersion} version
 * @param {(line: string) => void} say
 */
async function install(folder, version, say) {
  const npmInstall = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = npmEnvironment(folder);
  const npm = (/** @type {string} */ cwd, /** @type {readonly string[]} */ args) => runNpm(args, cwd, env);

  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  say('fetching');
  await npm(folder, [...npmInstall, `code-server@${version.codeServer}`, `${nodePackage}@${version.node}`]);

  const codeServer = join(folder, 'node_modules/code-server');
  const server = join(codeServer, 'lib/vscode');
  say('installing its modules');
  await Promise.all([
    npm(server, [...npmInstall, '--omit=dev']),
    npm(join(server, 'extensions'), [...npmInstall, '--omit=dev']),
  ]);

  say('compiling its log writer');
  await Promise.all(
    version.builds.map((path) => {
      const module = join(codeServer, path);
      return npm(packageRoot(module), ['rebuild', moduleName(module), '--loglevel=error']);
    }),
  );
  await linkModules(server);
}

/**
 * Folder of a module for `npm rebuild`: the folder above the module's node_modules.
 *
 * @param {string} module
 */
function packageRoot(module) {
  return module.slice(0, module.lastIndexOf('node_modules'));
}

/** @param {string} module */
function moduleName(module) {
  return relative(join(packageRoot(module), 'node_modules'), module).replaceAll('\\', '/');
}

/**
 * Links modules as code-server's own install script does. VS Code 1.100 looks for its modules where the desktop build packs
 * them. It also looks for a ripgrep, which its package would download from another host.
 *
 * @param {string} server
 */
async function linkModules(server) {
  const asar = join(server, 'node_modules.asar');
  if (!existsSync(asar)) await symlink('node_modules', asar, 'dir');
  const ripgrep = join(server, 'node_modules/@vscode/ripgrep');
  if (!existsSync(ripgrep)) return;
  await mkdir(join(ripgrep, 'bin'), { recursive: true });
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'rg'))
    .find(existsSync);
  if (found) await cp(found, join(ripgrep, 'bin/rg'), { dereference: true });
}

/**
 * Environment for npm. Under `npm test`, npm passes on the project's settings as npm_config_* (ignore-scripts, the project's
 * prefix); this install must not use them. Settings that say how to reach the registry stay.
 *
 * @param {string} folder
 * @returns {NodeJS.ProcessEnv}
 */
function npmEnvironment(folder) {
  const kept =
    /^npm_config_(registry|cache|userconfig|globalconfig|cafile|strict_ssl|proxy|https?_proxy|noproxy)$/i;
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name));
  const nodeHome = join(folder, 'node_modules', nodePackage);
  return {
    ...Object.fromEntries(own),
    // npm compiles the modules for the Node.js that will load them, with the headers from that Node.js package.
    npm_config_nodedir: nodeHome,
    npm_config_build_from_source: 'true',
    npm_config_update_notifier: 'false',
  };
}

/**
 * Renames a finished draft to its final name. If another process was faster, its install is complete, and this draft is
 * deleted.
 *
 * @param {string} draft
 * @param {string} home
 * @param {CodeServerVersion} version
 */
async function publish(draft, home, version) {
  if (await isComplete(home, version)) return;
  await rm(home, { recursive: true, force: true });
  try {
    await rename(draft, home);
  } catch (error) {
    if (!(await isComplete(home, version))) throw error;
  }
}

/**
 * Removes drafts whose process has ended, so interrupted installs do not fill the disk.
 *
 * @param {string} cache
 * @param {CodeServerVersion} version
 */
async function removeAbandoned(cache, version) {
  const prefix = draftPrefix(version);
  for (const name of await readdir(cache)) {
    const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length).split('-')[0] : NaN);
    if (Number.isInteger(pid) && !isRunning(pid))
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

if (isMain(import.meta.url)) {
  await runScript(async () => {
    await ensureSystemPackages(forCodeServer);
    for (const installed of await Promise.all([ensureCodeServer('newest'), ensureCodeServer('oldest')])) {
      console.log(`VS Code ${installed.vscode}: ${installed.entry}`);
    }
  });
}
