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

/** Shows a notification that warns. Resolves with the action that was pressed. */
export async function showWarning(message: string, ...actions: string[]): Promise<string | undefined> {
  return window.showWarningMessage(plainText(message), ...actions);
}

/** Shows a notification of an error. Resolves with the action that was pressed. */
export async function showError<T extends MessageItem>(
  message: string,
  ...actions: T[]
): Promise<T | undefined> {
  return window.showErrorMessage(plainText(message), ...actions);
}

/** Asks in a dialog that covers the window. `detail` may have several lines. */
export async function askInDialog(
  message: string,
  detail: string,
  ...actions: string[]
): Promise<string | undefined> {
  const options = { modal: true, detail: plainLines(detail) };
  return window.showInformationMessage(plainText(message), options, ...actions);
}

/** What is done of a task: `increment` in percent of the whole. */
export type TaskProgress = Progress<{ readonly message?: string; readonly increment?: number }>;

/** Runs a task under a notification that shows how far it is. */
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

/** Says something in the status bar for some seconds: no notification that has to be closed. */
export function showBriefly(icon: string, message: string, forMs: number): Disposable {
  return window.setStatusBarMessage(`$(${icon}) ${plainText(message)}`, forMs);
}
