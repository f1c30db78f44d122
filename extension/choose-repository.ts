import { l10n } from 'vscode';
import type { RepositoryListing } from '../sidecar/protocol';
import { aborterFor } from './aborter-for';
import type { ModelDownload } from './model-download';
import { showProgress } from './window/notifications';
import { TextInput } from './window/quick-inputs';
import { ZiparCommandError } from './zipar-command';
import { inUsersLanguage } from './in-users-language';

/**
 * Asks for a repository until the user names one that can be listed. While a name is wrong, the input shows the reason below
 * it. Undefined when the user cancels.
 * @param known a name to use without asking
 * @throws ZiparCommandError when the hub cannot be reached
 */
export async function chooseRepository(
  download: ModelDownload,
  known: string | undefined,
): Promise<RepositoryListing | undefined> {
  let refused = { name: '', why: '' };
  for (;;) {
    const name = known ?? (await askForName(refused));
    if (name === undefined) return undefined;
    try {
      return await list(download, name);
    } catch (error) {
      if (known !== undefined || !(error instanceof ZiparCommandError && error.isUsage)) throw error;
      refused = { name, why: inUsersLanguage(error.sentence) };
    }
  }
}

/** Shows an input of the extension's own, because a validated input box checks nothing before the first change. */
async function askForName(refused: {
  readonly name: string;
  readonly why: string;
}): Promise<string | undefined> {
  const input = new TextInput({
    title: l10n.t('Add Model from Hugging Face'),
    placeholder: l10n.t('owner/name, or the address of its page'),
    prompt: l10n.t('A branch, tag or commit may follow: owner/name@revision'),
    value: refused.name,
  });
  if (refused.why !== '') input.problem = refused.why;
  try {
    return await new Promise((resolve) => {
      input.onDidChangeValue(() => {
        input.problem = undefined;
      });
      input.onDidAccept(() => {
        if (input.value.trim() !== '') resolve(input.value.trim());
      });
      input.onDidHide(() => {
        resolve(undefined);
      });
      input.show();
    });
  } finally {
    input.dispose();
  }
}

async function list(download: ModelDownload, name: string): Promise<RepositoryListing | undefined> {
  return showProgress(
    { title: l10n.t('Looking at {0} on Hugging Face', name), cancellable: true },
    (_, token) => download.list(name, aborterFor(token).signal),
  );
}
