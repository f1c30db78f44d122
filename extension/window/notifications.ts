import {
  ProgressLocation,
  window,
  type CancellationToken,
  type Disposable,
  type MessageItem,
  type Progress,
} from 'vscode';
import { plainLines, plainText } from './plain-text';

/** Shows a notification. Resolves with the action that was pressed. */
export async function showInformation(message: string, ...actions: string[]): Promise<string | undefined> {
  return window.showInformationMessage(plainText(message), ...actions);
}

/** Shows a warning. Resolves with the action that was pressed. */
export async function showWarning(message: string, ...actions: string[]): Promise<string | undefined> {
  return window.showWarningMessage(plainText(message), ...actions);
}

/** Shows an error. Resolves with the action that was pressed. */
export async function showError<T extends MessageItem>(
  message: string,
  ...actions: T[]
): Promise<T | undefined> {
  return window.showErrorMessage(plainText(message), ...actions);
}

/** Asks in a modal dialog. `detail` may have several lines. */
export async function askInDialog(
  message: string,
  detail: string,
  ...actions: string[]
): Promise<string | undefined> {
  const options = { modal: true, detail: plainLines(detail) };
  return window.showInformationMessage(plainText(message), options, ...actions);
}

/** A report on a task: `increment` in percent of the whole. */
export type TaskProgress = Progress<{ readonly message?: string; readonly increment?: number }>;

/** Runs a task while a notification shows its progress. */
export async function showProgress<T>(
  { title, cancellable = false }: { readonly title: string; readonly cancellable?: boolean },
  task: (progress: TaskProgress, token: CancellationToken) => Thenable<T>,
): Promise<T> {
  const options = { location: ProgressLocation.Notification, cancellable, title: plainText(title) };
  return window.withProgress(options, (progress, token) => {
    const report: TaskProgress['report'] = ({ message, ...rest }) => {
      progress.report(message === undefined ? rest : { ...rest, message: plainText(message) });
    };
    return task({ report }, token);
  });
}

/** Shows a message in the status bar for some time: no notification that the user must close. */
export function showBriefly(icon: string, message: string, forMs: number): Disposable {
  return window.setStatusBarMessage(`$(${icon}) ${plainText(message)}`, forMs);
}
