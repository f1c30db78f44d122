import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { FileSystemError, l10n, Uri, window, workspace } from 'vscode';
import type { RunDescription } from '../sidecar/protocol';
import { setContextKey } from './context-keys';
import { exportFolder } from './export-folder';
import { exportName, numbered } from './export-name';
import { homeFolder } from './home-folder';
import { UserError } from './report-error';
import type { RunBook } from './run-book';
import { readSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import { chooseWhereToSave } from './window/file-dialogs';
import { showBriefly } from './window/notifications';

const MOST_SAME_NAMES = 1000;

/** Writes finished pictures into the workspace. */
export class ImageExport {
  constructor(
    private readonly client: SidecarClient,
    private readonly runs: RunBook,
  ) {}

  /**
   * The file of a run's picture, written now or before; without an open folder the user is asked where.
   * Undefined when the user is asked and does not say.
   */
  async export(run: RunDescription): Promise<Uri | undefined> {
    const folder = targetFolder();
    const name = nameFor(run);
    if (!folder) return this.#exportWhereAsked(run, name);
    const written = this.runs.fileOf(run.runId);
    if (written && isIn(written, folder) && (await exists(written))) return written;
    const png = await this.#png(run);
    const file = await writeNew(folder, name, png);
    this.runs.recordFile(run.runId, file);
    setContextKey('exported', true);
    return file;
  }

  async #exportWhereAsked(run: RunDescription, name: string): Promise<Uri | undefined> {
    const file = await chooseWhereToSave(
      l10n.t('Export Image'),
      Uri.joinPath(Uri.file(homeFolder() ?? tmpdir()), name),
      {
        [l10n.t('PNG image')]: ['png'],
      },
    );
    if (!file) return undefined;
    const png = await this.#png(run);
    await writeWhole(file, png, true);
    setContextKey('exported', true);
    return file;
  }

  async #png(run: RunDescription): Promise<Uint8Array> {
    const connection = await this.client.connection();
    return (await connection.exportPng(run.runId)).bytes;
  }
}

/** Says where a picture is, without a notification that has to be closed. */
export function announceSaved(file: Uri): void {
  const folder = workspace.asRelativePath(Uri.joinPath(file, '..'));
  showBriefly('check', l10n.t('Image saved in {0}', folder), 8000);
}

/** Undefined without an open folder. */
function targetFolder(): Uri | undefined {
  const workspaceFolder = activeWorkspaceFolder();
  if (!workspaceFolder) return undefined;
  const setting = readSettings().exportFolder;
  const folder = exportFolder(setting);
  switch (folder.kind) {
    case 'folder':
      return Uri.joinPath(workspaceFolder, ...folder.segments);
    case 'absolute':
      throw new UserError(
        l10n.t(
          'The setting ziparStudio.export.folder is “{0}”, but must be a path inside the workspace folder, such as zipar-images.',
          setting,
        ),
      );
    case 'escapes':
      throw new UserError(
        l10n.t(
          'The setting ziparStudio.export.folder is “{0}”, but must not lead out of the workspace folder with “..”.',
          setting,
        ),
      );
  }
}

/** That of the active editor, else the first. */
function activeWorkspaceFolder(): Uri | undefined {
  const active = window.activeTextEditor?.document.uri;
  const folder = active && workspace.getWorkspaceFolder(active);
  return (folder ?? workspace.workspaceFolders?.[0])?.uri;
}

function nameFor(run: RunDescription): string {
  const name = exportName(readSettings().exportFileName, run.settings, new Date());
  if (name.kind === 'name') return name.name;
  throw new UserError(
    l10n.t(
      'The setting ziparStudio.export.fileName has an unknown variable “{0}”. There are: {1}.',
      name.variable,
      name.known.join(', '),
    ),
  );
}

/** Under the name, or the name with the first free number; an existing file is never touched. */
async function writeNew(folder: Uri, name: string, bytes: Uint8Array): Promise<Uri> {
  await workspace.fs.createDirectory(folder);
  for (let attempt = 1; attempt <= MOST_SAME_NAMES; attempt++) {
    const file = Uri.joinPath(folder, numbered(name, attempt));
    if (await exists(file)) continue;
    try {
      await writeWhole(file, bytes, false);
      return file;
    } catch (error) {
      // Someone was faster: take the next number.
      if (!(error instanceof FileSystemError) || error.code !== 'FileExists') throw error;
    }
  }
  throw new UserError(l10n.t('There are too many files named {0} already.', name));
}

/** Whole or not at all: nobody ever sees a file that is still being written. */
async function writeWhole(file: Uri, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  const temporary = Uri.joinPath(file, '..', `.zipar-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await workspace.fs.writeFile(temporary, bytes);
    await workspace.fs.rename(temporary, file, { overwrite });
  } catch (error) {
    await workspace.fs.delete(temporary).then(undefined, () => undefined); // it may not even exist
    throw error;
  }
}

async function exists(file: Uri): Promise<boolean> {
  return workspace.fs.stat(file).then(
    () => true,
    (error: unknown) => {
      if (error instanceof FileSystemError && error.code === 'FileNotFound') return false;
      throw error;
    },
  );
}

function isIn(file: Uri, folder: Uri): boolean {
  return Uri.joinPath(file, '..').toString() === folder.toString();
}
