import { l10n } from 'vscode';
import { saidBy } from '../sidecar/protocol';
import { inUsersLanguage } from './in-users-language';
import { RequestRefusedError } from './request-refused-error';
import {
  ConnectionLostError,
  NoNodeError,
  ProtocolMismatchError,
  RequestTimeoutError,
  SidecarCrashLoopError,
  SidecarDiedError,
  SidecarExitedAtStartError,
  SidecarSpawnError,
  SidecarStartTimeoutError,
  SidecarStoppedError,
} from './sidecar-errors';

/** Writes what the user reads about a failure: what was wrong, and what to do. */
export function errorMessage(error: unknown): string {
  if (error instanceof NoNodeError) return noNode(error);
  if (error instanceof SidecarSpawnError)
    return l10n.t('The ZipAR sidecar could not be started: {0}', inUsersLanguage(error.reason));
  if (error instanceof SidecarStartTimeoutError)
    return l10n.t(
      'The ZipAR sidecar was not ready after {0} seconds. The log may say why.',
      error.afterMs / 1000,
    );
  if (error instanceof SidecarExitedAtStartError)
    return withLastLine(
      l10n.t('The ZipAR sidecar ended while it was starting ({0}).', inUsersLanguage(error.exit)),
      error,
    );
  if (error instanceof SidecarDiedError)
    return l10n.t(
      'The ZipAR sidecar ended unexpectedly ({0}). The next image starts it again.',
      inUsersLanguage(error.exit),
    );
  if (error instanceof SidecarCrashLoopError)
    return l10n.t(
      'The ZipAR sidecar crashed several times in a row and is not restarted by itself any more. {0}',
      errorMessage(error.lastError),
    );
  if (error instanceof ConnectionLostError)
    return l10n.t('The connection to the ZipAR sidecar was lost: {0}', inUsersLanguage(error.reason));
  if (error instanceof ProtocolMismatchError)
    return l10n.t(
      'The ZipAR sidecar speaks protocol {0}, this extension protocol {1}. Reload the window to finish the update.',
      error.theirs,
      error.ours,
    );
  if (error instanceof RequestTimeoutError)
    return l10n.t('The ZipAR sidecar did not answer within {0} seconds.', error.afterMs / 1000);
  if (error instanceof SidecarStoppedError)
    return l10n.t('The sidecar was restarted, so the image was not finished.');
  if (error instanceof RequestRefusedError) return inUsersLanguage(error.sentence);
  return inUsersLanguage(saidBy(error));
}

function noNode(error: NoNodeError): string {
  return error.path === undefined
    ? l10n.t(
        'ZipAR needs Node.js 20 or newer ({0}). Install it, or name it in the setting {1}.',
        inUsersLanguage(error.reason),
        NODE_PATH,
      )
    : l10n.t(
        '“{0}” in the setting {1} cannot be used: {2}',
        error.path,
        NODE_PATH,
        inUsersLanguage(error.reason),
      );
}

/**
 * Adds the last line of stderr. It is used for failures at the start, where that line is the reason; later it may be any line.
 */
function withLastLine(message: string, error: { readonly stderr: readonly string[] }): string {
  // Node.js ends a stack with its own version, so the line that names the error is more useful.
  const last = error.stderr.findLast((line) => /error/i.test(line)) ?? error.stderr.at(-1);
  return last === undefined ? message : `${message} ${last}`;
}

const NODE_PATH = 'ziparStudio.sidecar.nodePath';
