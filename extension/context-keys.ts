import { commands } from 'vscode';

/** What `when` clauses and the walkthrough in package.json look at. */
export type ContextKey = 'generating' | 'hasImage' | 'stepThroughOpened' | 'exported';

export function setContextKey(key: ContextKey, value: boolean): void {
  void commands.executeCommand('setContext', `ziparStudio.${key}`, value);
}
