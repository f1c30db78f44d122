import { l10n, workspace, type Uri } from 'vscode';
import type { GenerateRequest, RunDescription } from '../sidecar/protocol';
import { announceSaved, type ImageExport } from './export-image';
import { exportName } from './export-name';
import type { FinishedRun } from './generation';
import type { RunStore } from './run-store';
import { readSettings } from './settings';
import type { SidecarClient } from './sidecar-client';

/** Where a run is kept. */
export interface KeptRun {
  readonly file: Uri;
  /** Whether the file lies in the user's workspace. */
  readonly isExported: boolean;
  /** Says where it is, if the user would not look for it there. */
  readonly notice: string | undefined;
}

/** Keeps every run that has ended: a picture in the workspace if that is wanted, all else in the extension's own folder. */
export class RunKeeper {
  constructor(
    private readonly client: SidecarClient,
    private readonly imageExport: ImageExport,
    private readonly store: RunStore,
    /** Called when a file was kept. VS Code's watcher sees no file in the extension's own folder, and may miss one in a new folder. */
    private readonly onKept: () => void,
  ) {}

  /** @returns undefined when nothing could be kept */
  async keep(finished: FinishedRun, request: GenerateRequest): Promise<KeptRun | undefined> {
    const kept = await this.keepWhere(finished, request);
    if (kept) this.onKept();
    return kept;
  }

  private async keepWhere(
    { run, ended }: FinishedRun,
    request: GenerateRequest,
  ): Promise<KeptRun | undefined> {
    const hasPicture = ended.state === 'complete' && run.patch > 0;
    if (hasPicture && savesPicture(request)) {
      const file = await this.imageExport.export(run);
      if (!file) return undefined;
      announceSaved(file);
      return { file, isExported: true, notice: undefined };
    }
    if (ended.steps === 0) return undefined;
    const file = await this.storeRun(run, hasPicture);
    const notice = hasPicture
      ? l10n.t('This image is in none of your folders yet. The extension keeps the last 50.')
      : undefined;
    return file && { file, isExported: false, notice };
  }

  private async storeRun(run: RunDescription, hasPicture: boolean): Promise<Uri | undefined> {
    const connection = await this.client.connection();
    const { bytes } = await (hasPicture
      ? connection.exportPng(run.runId)
      : connection.exportTrace(run.runId));
    const named = exportName(STORE_NAME, run.settings, new Date());
    const name = named.kind === 'name' ? named.name : 'run.png';
    return this.store.keep(hasPicture ? name : name.replace(/\.png$/, '.zipar'), bytes);
  }
}

const STORE_NAME = '${date}-${time}-${seed}-${prompt}';

/** Whether the picture is saved into the workspace without asking. */
export function savesPicture({ tokensOnly }: Pick<GenerateRequest, 'tokensOnly'>): boolean {
  return tokensOnly !== true && readSettings().exportAuto && workspace.workspaceFolders !== undefined;
}
