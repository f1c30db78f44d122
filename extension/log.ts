import { window, type LogOutputChannel } from 'vscode';

/** Creates the extension's only log. Its text may end up in a bug report, so tokens and pictures must not be written to it. */
export function createLog(): LogOutputChannel {
  return window.createOutputChannel('ZipAR Studio', { log: true });
}
