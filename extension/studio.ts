import { ExtensionMode, Uri, type Disposable, type ExtensionContext } from 'vscode';
import { HardwareReport } from './check-hardware';
import { ComparisonEditors } from './comparison-editors';
import { ImageExport } from './export-image';
import { DurableRecord } from './durable-record';
import { interruption } from './continue-run';
import { GenerateImage } from './generate-image';
import { Generation } from './generation';
import type { Log } from './log';
import { PageRenderer } from './page-renderer';
import { RecordDrawing } from './record-drawing';
import { ReportPages } from './report-pages';
import { RunEditors } from './run-editors';
import { RunIndex } from './run-index';
import { RunKeeper } from './run-keeper';
import { RunQueue } from './run-queue';
import { RunStore } from './run-store';
import { RunsView } from './runs-view';
import { SavedRuns } from './saved-runs';
import { StepThroughPages } from './step-through-pages';
import { RunBook } from './run-book';
import { RunUnderWay, type RepeatableRun } from './run-under-way';
import { readRunSummary } from './run-document';
import { readSettings } from './settings';
import { SidecarClient } from './sidecar-client';
import { sidecarDebugArguments } from './sidecar-debugging';
import { StatusBar } from './status-bar';
import { StepThroughPanel } from './step-through-panel';

/** All objects of one window. They are made at activation and stay idle until a command uses them. */
export class Studio implements Disposable {
  readonly client: SidecarClient;
  readonly runs: RunBook;
  readonly runUnderWay: RunUnderWay;
  readonly generation: Generation;
  readonly panel: StepThroughPanel;
  readonly imageExport: ImageExport;
  readonly generateImage: GenerateImage;
  readonly store: RunStore;
  readonly keeper: RunKeeper;
  readonly index: RunIndex;
  readonly queue: RunQueue;
  readonly runsView: RunsView;
  readonly editors: RunEditors;
  /** Makes the files that only a page can draw. */
  readonly renderer: PageRenderer;
  readonly comparisons: ComparisonEditors;
  readonly reports: ReportPages;
  /** Asks the models about recorded runs. */
  readonly drawing: RecordDrawing;
  readonly hardwareReport = new HardwareReport();
  private readonly statusBar: StatusBar;
  private readonly savedRuns: SavedRuns;
  private readonly crashes: Disposable;

  constructor(
    readonly context: ExtensionContext,
    readonly log: Log,
  ) {
    const script = Uri.joinPath(context.extensionUri, 'dist', 'sidecar.js').fsPath;
    const isDevelopment = context.extensionMode === ExtensionMode.Development;
    const debugArguments = sidecarDebugArguments(isDevelopment, process.env);
    this.store = new RunStore(Uri.joinPath(context.globalStorageUri, 'runs'));
    this.savedRuns = new SavedRuns(Uri.joinPath(context.globalStorageUri, 'runs-under-way'), this.store);
    this.client = new SidecarClient(
      script,
      () => readSettings().nodePath,
      log,
      debugArguments,
      this.savedRuns.environment,
    );
    this.runs = new RunBook(this.client);
    const storage = context.storageUri ?? context.globalStorageUri;
    this.runUnderWay = new RunUnderWay(new DurableRecord(storage.fsPath));
    const pages = new StepThroughPages(context.extensionUri);
    const drawing = (this.drawing = new RecordDrawing(this.client, log));
    this.renderer = new PageRenderer(async (file) => {
      if (!this.panel.reveal(file)) await RunEditors.open(file);
    });
    this.panel = new StepThroughPanel(
      context.extensionUri,
      pages,
      this.client,
      drawing,
      this.renderer,
      () => readSettings().transport === 'relay',
    );
    this.generation = new Generation(this.client, this.panel, log);
    this.generation.onDidChange((progress) => {
      if (progress?.cancelling === true) void this.runUnderWay.forget();
    });
    this.imageExport = new ImageExport(this.client, this.runs, context.globalStorageUri);
    this.index = new RunIndex(this.store.folder, log);
    this.keeper = new RunKeeper(this.client, this.imageExport, this.store, () => {
      this.index.refreshSoon();
    });
    this.queue = new RunQueue(() => {
      this.runsView.refresh();
    });
    this.runsView = new RunsView(this.index, this.queue, this.store.folder);
    this.editors = new RunEditors(pages, this.client, drawing, this.renderer);
    this.comparisons = new ComparisonEditors(pages, this.client, drawing);
    this.reports = new ReportPages(
      pages,
      { openRun: (file) => RunEditors.open(file), compare: (files) => this.comparisons.open(files) },
      log,
    );
    this.generateImage = new GenerateImage(this);
    this.statusBar = new StatusBar(this.client, this.generation, this.runs, this.panel);
    this.crashes = this.client.onDidChangeState(({ kind }) => {
      if (kind === 'failed') void this.adoptRuns();
    });
  }

  /**
   * Reports, after a start, what a reload interrupted. It uses the restored step-through, and offers to make the picture again.
   */
  async resume(): Promise<void> {
    this.index.refreshSoon();
    const interrupted = await this.runUnderWay.takeInterrupted();
    this.panel.restore(interrupted && interruption(interrupted));
    const saved = await this.adoptRuns();
    if (interrupted)
      await this.generateImage.continuing.tellInterrupted(interrupted, await fileOf(interrupted, saved));
  }

  /** Takes over the runs that sidecars saved and could not end. Never rejects: without them, all else works. */
  private async adoptRuns(): Promise<readonly Uri[]> {
    try {
      const adopted = await this.savedRuns.adopt();
      if (adopted.length > 0) this.index.refreshSoon();
      return adopted;
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
      return [];
    }
  }

  /** Seed of the image on screen: in the active editor, or else in the step-through. */
  shownSeed(): number | undefined {
    return (
      this.editors.activeSeed ??
      this.panel.recordedSeed ??
      (this.runs.get(this.panel.runId) ?? this.runs.newest)?.settings.seed
    );
  }

  dispose(): void {
    this.runUnderWay.close();
    this.crashes.dispose();
    this.statusBar.dispose();
    this.editors.dispose();
    this.comparisons.dispose();
    this.reports.dispose();
    this.runsView.dispose();
    this.index.dispose();
    this.hardwareReport.dispose();
    this.panel.dispose();
    this.generation.dispose();
    this.runs.dispose();
    this.client.dispose();
  }
}

/** The file among some in which a run saved itself. */
async function fileOf({ request }: RepeatableRun, saved: readonly Uri[]): Promise<Uri | undefined> {
  for (const file of saved) {
    const summary = await readRunSummary(file).catch(() => undefined);
    const isSame = JSON.stringify(summary?.condition) === JSON.stringify(request.condition);
    if (isSame && summary?.seed === request.seed) return file;
  }
  return undefined;
}
