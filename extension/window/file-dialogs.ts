import { window, type Uri } from 'vscode';
import { plainText } from './plain-text';

/** Lets the user choose a folder. */
export async function chooseFolder(title: string): Promise<Uri | undefined> {
  const chosen = await window.showOpenDialog({
    title: plainText(title),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return chosen?.[0];
}

/** Lets the user choose a file. `filters` lists the file endings for each kind of file. */
export async function chooseFile(title: string, filters: Record<string, string[]>): Promise<Uri | undefined> {
  const chosen = await window.showOpenDialog({ title: plainText(title), filters });
  return chosen?.[0];
}

/** Asks where to save a file. The dialog itself asks before it accepts an existing file. */
export async function chooseWhereToSave(
  title: string,
  defaultUri: Uri,
  filters: Record<string, string[]>,
): Promise<Uri | undefined> {
  return window.showSaveDialog({ title: plainText(title), defaultUri, filters });
}
