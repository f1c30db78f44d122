import { l10n, Uri, workspace } from 'vscode';
import { exportFolder } from './export-folder';
import { problemWithPlace, type PlaceProblem } from './output-place';
import { UserError } from './report-error';
import { readSettings } from './settings';

/** The folder that output goes to. */
export interface ExportPlace {
  readonly folder: Uri;
  /** The workspace folder that must contain the output; undefined for a folder of the extension's own. */
  readonly root: { readonly uri: Uri; readonly segments: readonly string[] } | undefined;
}

/**
 * Finds where pictures go: `ziparStudio.export.folder` in the workspace folder. Undefined without a workspace folder.
 * @throws UserError when the setting names no place in the workspace folder
 */
export function exportPlace(workspaceFolder: Uri | undefined): ExportPlace | undefined {
  if (!workspaceFolder) return undefined;
  const setting = readSettings().exportFolder;
  const folder = exportFolder(setting);
  switch (folder.kind) {
    case 'folder':
      return placeIn(folderNamed(folder.workspaceFolder, setting) ?? workspaceFolder, folder.segments);
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
    case 'unknown-variable':
      throw new UserError(
        l10n.t(
          'The setting ziparStudio.export.folder is “{0}”, but may only begin with {1} or {2}; {3} cannot stand in it.',
          setting,
          '${workspaceFolder}',
          '${workspaceFolder:name}',
          folder.variable,
        ),
      );
  }
}

/** Makes a place in a workspace folder. */
export function placeIn(root: Uri, segments: readonly string[]): ExportPlace {
  return { folder: Uri.joinPath(root, ...segments), root: { uri: root, segments } };
}

/** Throws if nothing can be written there, or if a link leads out of the workspace. @throws UserError */
export async function requireUsable({ root }: ExportPlace): Promise<void> {
  if (root?.uri.scheme !== 'file') return;
  const roots = (workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  const problem = await problemWithPlace(root.uri.fsPath, root.segments, roots);
  if (problem) throw new UserError(describe(problem));
}

function describe(problem: PlaceProblem): string {
  switch (problem.kind) {
    case 'leads-out':
      return problem.target === undefined
        ? l10n.t('{0} is a link that leads nowhere, so nothing is written there.', problem.link)
        : l10n.t(
            '{0} is a link that leads out of the workspace, to {1}, so nothing is written there.',
            problem.link,
            problem.target,
          );
    case 'no-folder':
      return l10n.t('{0} is a file, so nothing can be written into it.', problem.path);
    case 'missing':
      return l10n.t('{0} does not exist, so nothing can be written into it.', problem.path);
    case 'not-writable':
      return l10n.t('Nothing may be written into {0}: its permissions do not allow it.', problem.path);
  }
}

function folderNamed(name: string | undefined, setting: string): Uri | undefined {
  if (name === undefined) return undefined;
  const folder = workspace.workspaceFolders?.find((candidate) => candidate.name === name);
  if (folder) return folder.uri;
  throw new UserError(
    l10n.t(
      'The setting ziparStudio.export.folder is “{0}”, but the workspace has no folder “{1}”.',
      setting,
      name,
    ),
  );
}
