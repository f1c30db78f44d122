import { randomBytes } from 'node:crypto';
import { Uri, workspace } from 'vscode';

/** Writes a whole file or nothing: no reader ever sees a half-written file. */
export async function writeWhole(file: Uri, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  const temporary = Uri.joinPath(file, '..', `.zipar-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await workspace.fs.writeFile(temporary, bytes);
    await workspace.fs.rename(temporary, file, { overwrite });
  } catch (error) {
    await workspace.fs.delete(temporary).then(undefined, () => undefined); // the temporary file may not exist
    throw error;
  }
}
