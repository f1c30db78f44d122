import { window, type LogOutputChannel } from 'vscode';

/** The product's one log. What is written to it may end up in a bug report: no token, no picture. */
export function createLog(): LogOutputChannel {
  return window.createOutputChannel('ZipAR Studio', { log: true });
}
