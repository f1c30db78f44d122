import { commands, l10n } from 'vscode';
import { errorMessage } from './error-message';
import type { Log } from './log';
import { RequestRefusedError } from './request-refused-error';
import { SidecarError } from './sidecar-errors';
import { showError, showWarning } from './window/notifications';

/** An error whose message is one sentence for the user, in the user's language. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Logs a failure and shows it as one message with the possible actions. Does not wait for an answer. */
export function reportError(error: unknown, log: Log): void {
  const message = errorMessage(error);
  if (error instanceof UserError) {
    log.info(message);
    void showWarning(message);
    return;
  }
  log.error(error instanceof Error && !isExpected(error) ? error : message);
  void offer(message, actionsFor(error)).then(undefined, (failure: unknown) => {
    log.error(failure instanceof Error ? failure : String(failure));
  });
}

/**
 * Whether the error is one of the extension's own classes. Its message is enough; any other error is a bug and needs its stack.
 */
function isExpected(error: Error): boolean {
  return error instanceof SidecarError || error instanceof RequestRefusedError;
}

interface Action {
  readonly title: string;
  readonly command: string;
}

function actionsFor(error: unknown): readonly Action[] {
  const showLog = { title: l10n.t('Show Log'), command: 'ziparStudio.showLog' };
  const restart = { title: l10n.t('Restart Sidecar'), command: 'ziparStudio.restartSidecar' };
  const selectModel = { title: l10n.t('Select Model…'), command: 'ziparStudio.selectModel' };
  const checkHardware = { title: l10n.t('Check Hardware'), command: 'ziparStudio.checkHardware' };
  if (!(error instanceof RequestRefusedError)) return [restart, showLog];
  switch (error.code) {
    case 'bad-request':
      return [];
    case 'model-invalid':
      return [selectModel, showLog];
    case 'engine-failed':
      return [restart, showLog];
    case 'provider-failed':
      return [checkHardware, showLog];
    case 'out-of-memory':
      return [selectModel, showLog];
    case 'busy':
    case 'cancelled':
    case 'not-found':
    case 'malformed-message':
    case 'unknown-message':
    case 'unsupported-frame':
      return [showLog];
  }
}

async function offer(message: string, actions: readonly Action[]): Promise<void> {
  const chosen = await showError(message, ...actions);
  if (chosen) await commands.executeCommand(chosen.command);
}
