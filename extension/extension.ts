import type { ExtensionContext } from 'vscode';
import { registerCommands } from './commands';
import { createLog } from './log';
import { reportError } from './report-error';
import { Studio } from './studio';

/**
 * Registers commands, and says what a reload interrupted. No process or connection starts before the first command needs it.
 */
export function activate(context: ExtensionContext): void {
  const began = performance.now();
  const log = createLog();
  const studio = new Studio(context, log);
  context.subscriptions.push(registerCommands(studio), studio, log);
  studio.resume().catch((error: unknown) => {
    reportError(error, log);
  });
  log.debug(`Activated in ${(performance.now() - began).toFixed(1)} ms`);
}
