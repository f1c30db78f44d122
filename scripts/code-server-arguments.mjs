// @ts-check
import { join } from 'node:path';

/**
 * @typedef {object} WhereItLives
 * @property {string} entry The script from `ensureCodeServer`.
 * @property {string} userData Settings, state and logs.
 * @property {string} extensions
 */

/**
 * Arguments that every call of code-server needs. Without them, code-server writes into the user's own folders.
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
 * Arguments that serve a VS Code window. Only this machine can reach it.
 *
 * @param {WhereItLives} where
 * @param {string} workspace The folder to open.
 * @param {number} port 0 lets the system choose a free port, so two windows never use the same port.
 * @param {string} [language] Of VS Code, such as `de`; the machine's own when absent.
 */
export function serveWindow(where, workspace, port, language) {
  return [
    ...base(where),
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    // Without this option, it opens the folder of the last session, whatever folder is given.
    '--ignore-last-opened',
    ...(language === undefined ? [] : ['--locale', language]),
    workspace,
  ];
}

/**
 * Arguments that install a packaged extension, even over the same version.
 *
 * @param {WhereItLives} where
 * @param {string} vsix
 */
export function installVsix(where, vsix) {
  return [...base(where), '--install-extension', vsix, '--force'];
}

/**
 * The address of the workbench, such as `http://127.0.0.1:41234/`, once the server has printed it.
 *
 * @param {string} serverOutput
 */
export function addressIn(serverOutput) {
  return /HTTP server listening on (http:\S+)/.exec(serverOutput)?.[1];
}
