import {
  EventEmitter,
  l10n,
  Uri,
  window,
  workspace,
  type Disposable,
  type TextDocumentContentProvider,
} from 'vscode';
import { inUsersLanguage } from './in-users-language';
import type { SidecarClient } from './sidecar-client';
import { showProgress } from './window/notifications';

/** Time limit of a check: each provider may take tens of seconds for each stage. */
const TIMEOUT_MS = 10 * 60_000;
const SCHEME = 'zipar-hardware';

/** The newest report, as a read-only document that never asks to be saved. */
export class HardwareReport implements TextDocumentContentProvider, Disposable {
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration = workspace.registerTextDocumentContentProvider(SCHEME, this);
  private text = '';

  provideTextDocumentContent(): string {
    return this.text;
  }

  async show(text: string): Promise<void> {
    this.text = text;
    const uri = Uri.from({ scheme: SCHEME, path: l10n.t('ZipAR Hardware') });
    this.changed.fire(uri);
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: false });
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

/** Tries every provider again, whatever its earlier results were, and shows the sidecar's report. */
export async function checkHardware({
  client,
  hardwareReport,
}: {
  readonly client: SidecarClient;
  readonly hardwareReport: HardwareReport;
}): Promise<string> {
  const { report: lines } = await showProgress(
    { title: l10n.t('Checking what this machine can compute on…') },
    async () => (await client.connection()).request({ type: 'check-hardware' }, TIMEOUT_MS),
  );
  const report = lines.map(inUsersLanguage).join('\n');
  await hardwareReport.show(report);
  return report;
}
