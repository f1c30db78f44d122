import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { FileSystemError, l10n, Uri, window, workspace } from 'vscode';
import type { RunDescription } from '../sidecar/protocol';
import { setContextKey } from './context-keys';
import { exportName, numbered } from './export-name';
import { exportPlace, requireUsable, type ExportPlace } from './export-place';
import { homeFolder } from './home-folder';
import { writeNewFile } from './new-file';
import { UserError } from './report-error';
import { RequestRefusedError } from './request-refused-error';
import type { RunBook } from './run-book';
import { readSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import { SidecarError } from './sidecar-errors';
import { writeWhole } from './whole-file';
import { chooseWhereToSave } from './window/file-dialogs';
import { showBriefly, showWarning } from './window/notifications';

const MOST_SAME_NAMES = 1000;
/** Name of a picture when the setting for names is wrong. */
const USUAL_NAME = '${date}-${time}-${seed}-${prompt}';

/** Writes finished pictures into the workspace. A picture that cannot be written there goes into the extension's own folder. */
export class ImageExport {
  constructor(
    private readonly client: SidecarClient,
    private readonly runs: RunBook,
    /** The extension's own folder, for pictures that cannot be written into the workspace. */
    private readonly storage: Uri,
  ) {}

  /** Throws if pictures cannot be written. It is called before a picture is made. @throws UserError */
  async check(): Promise<void> {
    const place = exportPlace(activeWorkspaceFolder());
    if (!place) return;
    nameIn(readSettings().exportFileName, SAMPLE);
    await requireUsable(place);
  }

  /**
   * Returns the file of a run's picture, and writes it if it was not written before. Without an open folder it asks the user
   * for a place. Undefined when the user cancels.
   */
  async export(run: RunDescription): Promise<Uri | undefined> {
    let png: Uint8Array | undefined;
    try {
      const place = exportPlace(activeWorkspaceFolder());
      const name = nameIn(readSettings().exportFileName, run.settings);
      const written = this.runs.fileOf(run.runId);
      if (place && written && isIn(written, place.folder) && (await exists(written))) return written;
      png = await this.png(run);
      return await (place ? this.write(run, place, name, png) : saveWhereAsked(name, png));
    } catch (error) {
      if (error instanceof SidecarError || error instanceof RequestRefusedError) throw error;
      return this.keep(run, png ?? (await this.png(run)), error);
    }
  }

  private async write(run: RunDescription, place: ExportPlace, name: string, png: Uint8Array): Promise<Uri> {
    await requireUsable(place);
    const file = await writeNew(place, name, png);
    this.runs.recordFile(run.runId, file);
    setContextKey('exported', true);
    return file;
  }

  /** Writes a picture into the extension's own folder, and tells the user where it is and why. */
  private async keep(run: RunDescription, png: Uint8Array, why: unknown): Promise<Uri> {
    const place: ExportPlace = { folder: Uri.joinPath(this.storage, 'pictures'), root: undefined };
    const kept = this.runs.fileOf(run.runId);
    const isKept = kept && isIn(kept, place.folder) && (await exists(kept));
    const file = isKept ? kept : await writeNew(place, nameIn(USUAL_NAME, run.settings), png);
    this.runs.recordFile(run.runId, file);
    void showWarning(l10n.t('{0} The image is not lost, it is kept as {1}.', sentence(why), file.fsPath));
    return file;
  }

  private async png(run: RunDescription): Promise<Uint8Array> {
    const connection = await this.client.connection();
    return (await connection.exportPng(run.runId)).bytes;
  }
}

/** Says where a picture is, without a notification that the user must close. */
export function announceSaved(file: Uri): void {
  const folder = workspace.asRelativePath(Uri.joinPath(file, '..'));
  showBriefly('check', l10n.t('Image saved in {0}', folder), 8000);
}

/** A made-up run: its picture's name shows whether the setting is right. */
const SAMPLE: Parameters<typeof exportName>[1] = {
  condition: { kind: 'class', label: 0 },
  seed: 0,
  model: '',
  decoder: 'raster',
  decoderSettings: {},
};

/** The workspace folder of the active editor, else the first one. */
function activeWorkspaceFolder(): Uri | undefined {
  const active = window.activeTextEditor?.document.uri;
  const folder = active && workspace.getWorkspaceFolder(active);
  return (folder ?? workspace.workspaceFolders?.[0])?.uri;
}

function nameIn(template: string, run: Parameters<typeof exportName>[1]): string {
  const name = exportName(template, run, new Date());
  if (name.kind === 'name') return name.name;
  throw new UserError(
    l10n.t(
      'The setting ziparStudio.export.fileName has an unknown variable “{0}”. There are: {1}.',
      name.variable,
      name.known.join(', '),
    ),
  );
}

async function saveWhereAsked(name: string, png: Uint8Array): Promise<Uri | undefined> {
  const file = await chooseWhereToSave(
    l10n.t('Export Image'),
    Uri.joinPath(Uri.file(homeFolder() ?? tmpdir()), name),
    { [l10n.t('PNG image')]: ['png'] },
  );
  if (!file) return undefined;
  await writeWhole(file, png, true);
  setContextKey('exported', true);
  return file;
}

/** Writes under the name, or under the name with the first free number. It never changes an existing file. */
async function writeNew(place: ExportPlace, name: string, bytes: Uint8Array): Promise<Uri> {
  const { folder } = place;
  if (folder.scheme !== 'file') return writeNewThroughVsCode(folder, name, bytes);
  await mkdir(folder.fsPath, { recursive: true });
  // A link may have replaced the folder since the last check.
  await requireUsable(place);
  const file = await writeNewFile(folder.fsPath, (attempt) => numbered(name, attempt), bytes);
  if (file === undefined) throw tooMany(name);
  return Uri.file(file);
}

async function writeNewThroughVsCode(folder: Uri, name: string, bytes: Uint8Array): Promise<Uri> {
  await workspace.fs.createDirectory(folder);
  for (let attempt = 1; attempt <= MOST_SAME_NAMES; attempt++) {
    const file = Uri.joinPath(folder, numbered(name, attempt));
    if (await exists(file)) continue;
    try {
      await writeWhole(file, bytes, false);
      return file;
    } catch (error) {
      // Another process took the name first: try the next number.
      if (!(error instanceof FileSystemError) || error.code !== 'FileExists') throw error;
    }
  }
  throw tooMany(name);
}

function tooMany(name: string): UserError {
  return new UserError(l10n.t('There are too many files named {0} already.', name));
}

/** States in one sentence what went wrong. An error of the file system holds a code and a temporary name instead. */
function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  const reason = /^[A-Z]+: ([^,]+),/.exec(message)?.[1] ?? message;
  return l10n.t('The image could not be written into the export folder: {0}.', reason.replace(/\.$/, ''));
}

/** Whether a file exists. If that cannot be told, the answer is no; nothing is overwritten because of it. */
async function exists(file: Uri): Promise<boolean> {
  return workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}

function isIn(file: Uri, folder: Uri): boolean {
  return Uri.joinPath(file, '..').toString() === folder.toString();
}
