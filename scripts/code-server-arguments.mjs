// @ts-check
import { join } from 'node:path';

/**
 * @typedef {object} WhereItLives
 * @property {string} entry The script from `ensureCodeServer`.
 * @property {string} userData Settings, state and logs.
 * @property {string} extensions
 */

/**
 * The part that every call of code-server needs: without it, it writes into the user's own folders.
 *
 * @param {WhereItLives} where
 */
const base = ({ entry, userData, extensions }) => [
  entry,
  ...['--user-data-dir', userData],
  ...['--extensions-dir', extensions],
  ...['--config', join(userData, 'code-server.yaml')],
];

/**
 * Serves a VS Code window that only this machine can reach.
 *
 * @param {WhereItLives} where
 * @param {string} workspace The folder to open.
 * @param {number} port 0 lets the system pick one, so that two windows can never want the same.
 */
export function serveWindow(where, workspace, port) {
  return [
    ...base(where),
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    // Otherwise it opens the folder of the last time, whatever it is given now.
    '--ignore-last-opened',
    workspace,
  ];
}

/**
 * Installs a packaged extension, also over the same version.
 *
 * @param {WhereItLives} where
 * @param {string} vsix
 */
export function installVsix(where, vsix) {
  return [...base(where), '--install-extension', vsix, '--force'];
}

/**
 * Where the workbench is, such as `http://127.0.0.1:41234/`, as soon as the server says so.
 *
 * @param {string} serverOutput
 */
export function addressIn(serverOutput) {
  return /HTTP server listening on (http:\S+)/.exec(serverOutput)?.[1];
}
