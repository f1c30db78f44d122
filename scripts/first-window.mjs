// @ts-check
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Settings of the window that `npm run code` opens. ZipAR Studio is what one sees there: VS Code's own chat and its welcome
 * page stay away.
 */
export const FIRST_WINDOW_SETTINGS = {
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Environment variable that lets the extension open its walkthrough in a window that has never seen it. */
export const OPEN_WALKTHROUGH = { ZIPAR_OPEN_WALKTHROUGH: '1' };

/**
 * Writes the settings of a new window. Settings that the user changed there stay.
 *
 * @param {string} userData
 */
export function writeFirstWindowSettings(userData) {
  const file = join(userData, 'User', 'settings.json');
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(FIRST_WINDOW_SETTINGS, undefined, 2)}\n`);
}

/**
 * The command that opens an address in the user's browser; undefined where there is no screen to open it on.
 *
 * @param {string} address
 * @param {NodeJS.Platform} platform
 * @param {Readonly<NodeJS.ProcessEnv>} environment
 * @returns {readonly [program: string, ...args: string[]] | undefined}
 */
export function openingCommand(address, platform, environment) {
  if (environment.CI || environment.SSH_CONNECTION) return undefined;
  if (platform === 'darwin') return ['open', address];
  if (platform === 'linux' && (environment.DISPLAY || environment.WAYLAND_DISPLAY))
    return ['xdg-open', address];
  return undefined;
}

/**
 * Opens an address in the user's browser, if there is one.
 *
 * @param {string} address
 */
export function openInBrowser(address) {
  const command = openingCommand(address, process.platform, process.env);
  if (!command) return;
  const [program, ...args] = command;
  const opener = spawn(program, args, { detached: true, stdio: 'ignore' });
  // The address is printed too, so a missing program does no harm.
  opener.on('error', () => undefined);
  opener.unref();
}

/**
 * An address as a link that a terminal can open with a click. Other outputs get the plain address.
 *
 * @param {string} address
 * @param {boolean} isTerminal
 */
export function asLink(address, isTerminal) {
  const escape = '\u001b]8;;';
  const end = '\u001b\\';
  return isTerminal ? `${escape}${address}${end}${address}${escape}${end}` : address;
}
