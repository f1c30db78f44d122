import { l10n } from 'vscode';
import { inLanguage, type Said } from '../sidecar/protocol';

/** A sentence of the sidecar in the user's language. */
export function inUsersLanguage(said: Said): string {
  return inLanguage(said, (english) => l10n.t(english));
}
