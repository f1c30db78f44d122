import { commands } from 'vscode';

/** Names of the context keys that `when` clauses and the walkthrough in package.json read. */
export type ContextKey = 'generating' | 'paused' | 'hasImage' | 'steppedThrough' | 'exported' | 'choicesMade';

export function setContextKey(key: ContextKey, value: boolean): void {
  void commands.executeCommand('setContext', `ziparStudio.${key}`, value);
}
