import { l10n, workspace } from 'vscode';
import { homeFolder } from './home-folder';
import { resolveModelFolder } from './model-folder';
import { PATH_VARIABLES, UnresolvedPathError, type UnresolvedPath } from './path-variables';
import { UserError } from './report-error';

/**
 * The absolute path that a setting stands for.
 * @param setting name of the setting, for the message
 * @throws UserError when the path cannot be resolved
 */
export function settingPath(setting: string, value: string): string {
  const workspaceFolders = (workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ name, uri }) => ({ name, path: uri.fsPath }));
  try {
    return resolveModelFolder(value, homeFolder(), workspaceFolders[0]?.path, { workspaceFolders });
  } catch (error) {
    if (!(error instanceof UnresolvedPathError)) throw error;
    throw new UserError(
      l10n.t('“{0}” in the setting {1} names no folder: {2}', value, setting, whyUnresolved(error.why)),
    );
  }
}

/** Says what is wrong with a path, and what to do, as the end of a sentence. */
function whyUnresolved(why: UnresolvedPath): string {
  switch (why.kind) {
    case 'no-home':
      return l10n.t('this user has no home folder. Write the full path.');
    case 'no-folder-open':
      return l10n.t('no folder is open that it could start at. Write the full path.');
    case 'no-such-folder':
      return l10n.t('the workspace has no folder “{0}”.', why.name);
    case 'not-set':
      return l10n.t('the environment variable {0} is not set.', why.name);
    case 'unknown-variable':
      return l10n.t('{0} is no variable. There are: {1}.', why.variable, PATH_VARIABLES.join(', '));
  }
}
