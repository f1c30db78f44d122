// @ts-check
// npm run code [-- [--browser] [--port N] [FOLDER]]: opens a VS Code with the extension of this checkout.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addressIn, installVsix, serveWindow } from './code-server-arguments.mjs';
import { asLink, openInBrowser, OPEN_WALKTHROUGH, writeFirstWindowSettings } from './first-window.mjs';
import { cacheFolder, ensureCodeServer } from './install-code-server.mjs';
import { ensureSystemPackages, forCodeServer } from './install-system-packages.mjs';
import { packageExtension } from './package-extension.mjs';
import { projectFolder } from './package-file.mjs';
import { runCommand, runNpm, runScript } from './run-command.mjs';

await runScript(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { browser: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } },
  });
  const workspace = resolve(positionals[0] ?? projectFolder);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--port ${values.port}: give a number from 0 to 65535.`);
  }
  if (!values.browser && hasDesktopCode()) await openOnDesktop(workspace);
  else await serveInBrowser(workspace, port);
});

/**
 * Whether a desktop `code` is on PATH. The `code` inside a VS Code server is a helper that cannot load development extensions.
 */
function hasDesktopCode() {
  const isServerHelper = process.env.VSCODE_IPC_HOOK_CLI !== undefined;
  return (
    !isServerHelper && spawnSync('code', ['--version'], { shell: process.platform === 'win32' }).status === 0
  );
}

/** @param {string} workspace */
async function openOnDesktop(workspace) {
  await runNpm(['run', 'build', '--silent'], projectFolder, process.env);
  const args = [`--extensionDevelopmentPath=${projectFolder}`, workspace];
  console.log(`code ${args.join(' ')}`);
  spawnSync('code', args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...OPEN_WALKTHROUGH },
  });
}

/**
 * @param {string} workspace
 * @param {number} port
 */
async function serveInBrowser(workspace, port) {
  if (process.platform === 'win32')
    throw new Error('There is no "code" on PATH: install VS Code and try again.');
  await ensureSystemPackages(forCodeServer);
  const [codeServer, vsix] = await Promise.all([ensureCodeServer('newest'), packageExtension()]);
  const home = join(cacheFolder(), 'window');
  const where = {
    entry: codeServer.entry,
    userData: join(home, 'user-data'),
    extensions: join(home, 'extensions'),
  };
  mkdirSync(where.userData, { recursive: true });
  writeFirstWindowSettings(where.userData);
  await runCommand(codeServer.node, installVsix(where, vsix));
  await serveUntilInterrupted(codeServer.node, serveWindow(where, workspace, port));
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 * @returns {Promise<void>} Resolves when the server has ended.
 */
function serveUntilInterrupted(node, args) {
  // The server gets its own process group, so one signal ends it together with its extension hosts and the sidecar.
  const server = spawn(node, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...OPEN_WALKTHROUGH },
  });
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      if (server.pid !== undefined) process.kill(-server.pid, signal);
    } catch {
      // The whole process group has ended.
    }
  };
  process.once('exit', () => end('SIGKILL'));
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), 3_000).unref();
    });
  }
  let output = '';
  let announced = false;
  const watch = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-20_000);
    const address = addressIn(output);
    if (announced || address === undefined) return;
    announced = true;
    const link = asLink(address, process.stdout.isTTY);
    console.log(`VS Code with ZipAR Studio: ${link} (for this machine only; Ctrl-C ends it)`);
    openInBrowser(address);
  };
  server.stdout.on('data', watch);
  server.stderr.on('data', watch);
  return new Promise((done, fail) => {
    server.on('error', fail);
    server.on('close', () => (announced ? done() : fail(new Error(`VS Code did not start:\n${output}`))));
  });
}
