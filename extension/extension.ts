import { window, type ExtensionContext } from 'vscode';
import { registerCommands } from './commands';
import { Log } from './log';
import { openWalkthroughOnce } from './open-walkthrough';
import { registerPictureTool } from './picture-tool';
import { reportError } from './report-error';
import { registerDebugging } from './run-debugging';
import { Studio } from './studio';

/**
 * Registers commands, and says what a reload interrupted. No process or connection starts before the first command needs it.
 */
export function activate(context: ExtensionContext): void {
  const began = performance.now();
  const log = new Log(window.createOutputChannel('ZipAR Studio', { log: true }));
  const studio = new Studio(context, log);
  context.subscriptions.push(
    registerCommands(studio),
    registerPictureTool(studio.generateImage),
    registerDebugging(studio),
    studio,
    log,
  );
  studio.resume().catch((error: unknown) => {
    reportError(error, log);
  });
  openWalkthroughOnce(context).catch((error: unknown) => {
    reportError(error, log);
  });
  log.debug(`Activated in ${(performance.now() - began).toFixed(1)} ms`);
}
