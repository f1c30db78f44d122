import { commands, EventEmitter, FileType, Uri, workspace, type Disposable } from 'vscode';
import type { Log } from './log';
import { lookAt, type Look, type RunFile } from './run-files';
import { SharedTask } from './shared-task';

/** Files that are looked at in a workspace at most. */
const MAX_FILES = 5000;
/** Files that are read at once. */
const AT_ONCE = 16;
/** How long the index waits for more changes before it looks again. */
const SETTLE_MS = 300;
const FILES = '**/*.{png,zipar}';
const LEFT_OUT = '**/{node_modules,.git}/**';

/** The files with runs in the workspace and in the extension's own folder, the newest first. */
export class RunIndex implements Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: readonly Disposable[];
  private foundRuns: readonly RunFile[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** By the URI of the file. */
  private looks: ReadonlyMap<string, Look> = new Map();
  private readonly scanning = new SharedTask(() => this.scan());
  private isDisposed = false;

  constructor(
    private readonly store: Uri,
    private readonly log: Log,
  ) {
    const watcher = workspace.createFileSystemWatcher(FILES);
    const later = (): void => {
      this.refreshSoon();
    };
    this.subscriptions = [
      watcher,
      watcher.onDidCreate(later),
      watcher.onDidChange(later),
      watcher.onDidDelete(later),
      workspace.onDidChangeWorkspaceFolders(later),
    ];
  }

  get runs(): readonly RunFile[] {
    return this.foundRuns;
  }

  /** Looks at the files again when no more changes come. */
  refreshSoon(): void {
    clearTimeout(this.timer);
    if (this.isDisposed) return;
    this.timer = setTimeout(() => {
      void this.refresh();
    }, SETTLE_MS);
  }

  /** Looks at all files again. Never rejects. */
  refresh(): Promise<void> {
    return this.scanning.request();
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private async scan(): Promise<void> {
    try {
      this.publish(await this.lookAtAll());
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
    }
  }

  private async lookAtAll(): Promise<ReadonlyMap<string, Look>> {
    const files = [...(await workspace.findFiles(FILES, LEFT_OUT, MAX_FILES)), ...(await this.stored())];
    const looks = new Map<string, Look>();
    for (let from = 0; from < files.length && !this.isDisposed; from += AT_ONCE) {
      await Promise.all(
        files.slice(from, from + AT_ONCE).map(async (file) => {
          const id = file.toString();
          const look = await lookAt(file, this.looks.get(id));
          if (look) looks.set(id, look);
        }),
      );
    }
    return looks;
  }

  private publish(looks: ReadonlyMap<string, Look>): void {
    if (this.isDisposed) return;
    this.looks = looks;
    const runs = [...looks.values()]
      .flatMap(({ run }) => (run ? [run] : []))
      .sort((one, other) => other.madeAt - one.madeAt);
    // A list that VS Code reads again drops what the user presses meanwhile. Files that did not change keep their object.
    if (runs.length === this.foundRuns.length && runs.every((run, i) => run === this.foundRuns[i])) return;
    this.foundRuns = runs;
    // The Explorer's menu looks whether a file is in this list.
    const paths = this.foundRuns.map(({ file }) => file.fsPath);
    void commands.executeCommand('setContext', 'ziparStudio.runFiles', paths);
    this.changed.fire();
  }

  private async stored(): Promise<readonly Uri[]> {
    try {
      const entries = await workspace.fs.readDirectory(this.store);
      return entries
        .filter(([name, type]) => type === FileType.File && /\.(png|zipar)$/i.test(name))
        .map(([name]) => Uri.joinPath(this.store, name));
    } catch {
      return []; // nothing was kept yet
    }
  }
}
