import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Uri } from 'vscode';
import { numbered } from './export-name';
import { writeNewFile } from './new-file';

/** Files that are kept. When there are more, the oldest are deleted. */
const KEPT = 50;

/** The extension's own folder of runs that lie in no folder of the user. */
export class RunStore {
  /** @param folder made when it is needed */
  constructor(readonly folder: Uri) {}

  /** Keeps a file under its name, or under the name with a number. Undefined when every name is taken. */
  async keep(name: string, bytes: Uint8Array): Promise<Uri | undefined> {
    const folder = this.folder.fsPath;
    await mkdir(folder, { recursive: true });
    const file = await writeNewFile(folder, (attempt) => numbered(name, attempt), bytes);
    await this.forgetOldest(folder);
    return file === undefined ? undefined : Uri.file(file);
  }

  /** Deletes a file that lies in this folder, because another file holds all that it holds. Other files stay. */
  async forget(file: string): Promise<void> {
    if (path.dirname(file) === this.folder.fsPath) await rm(file, { force: true });
  }

  private async forgetOldest(folder: string): Promise<void> {
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(folder, name);
        return { file, changedAt: (await stat(file)).mtimeMs };
      }),
    );
    files.sort((one, other) => other.changedAt - one.changedAt);
    for (const { file } of files.slice(KEPT)) await rm(file, { force: true });
  }
}
