import { ExtensionMode, Uri, type Disposable, type ExtensionContext } from 'vscode';
import { HardwareReport } from './check-hardware';
import { ComparisonEditors } from './comparison-editors';
import { ImageExport } from './export-image';
import { DurableRecord } from './durable-record';
import { GenerateImage, interruption } from './generate-image';
import { Generation } from './generation';
import type { Log } from './log';
import { RecordDrawing } from './record-drawing';
import { RunEditors } from './run-editors';
import { RunIndex } from './run-index';
import { RunKeeper } from './run-keeper';
import { RunQueue } from './run-queue';
import { RunStore } from './run-store';
import { RunsView } from './runs-view';
import { StepThroughPages } from './step-through-pages';
import { RunBook } from './run-book';
import { RunUnderWay } from './run-under-way';
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
  readonly editors: RunEditors;
  readonly comparisons: ComparisonEditors;
  readonly hardwareReport = new HardwareReport();
  private readonly statusBar: StatusBar;
  private readonly runsView: RunsView;

  constructor(
    readonly context: ExtensionContext,
    readonly log: Log,
  ) {
    const script = Uri.joinPath(context.extensionUri, 'dist', 'sidecar.js').fsPath;
    const isDevelopment = context.extensionMode === ExtensionMode.Development;
    const debugArguments = sidecarDebugArguments(isDevelopment, process.env);
    this.client = new SidecarClient(script, () => readSettings().nodePath, log, debugArguments);
    this.runs = new RunBook(this.client);
    const storage = context.storageUri ?? context.globalStorageUri;
    this.runUnderWay = new RunUnderWay(new DurableRecord(storage.fsPath));
    const pages = new StepThroughPages(context.extensionUri);
    const drawing = new RecordDrawing(this.client, log);
    this.panel = new StepThroughPanel(
      context.extensionUri,
      pages,
      this.client,
      drawing,
      () => readSettings().transport === 'relay',
    );
    this.generation = new Generation(this.client, this.panel, log);
    this.imageExport = new ImageExport(this.client, this.runs, context.globalStorageUri);
    this.store = new RunStore(Uri.joinPath(context.globalStorageUri, 'runs'));
    this.index = new RunIndex(this.store.folder, log);
    this.keeper = new RunKeeper(this.client, this.imageExport, this.store, () => {
      this.index.refreshSoon();
    });
    this.queue = new RunQueue(() => {
      this.runsView.refresh();
    });
    this.runsView = new RunsView(this.index, this.queue, this.store.folder);
    this.editors = new RunEditors(pages, this.client, drawing);
    this.comparisons = new ComparisonEditors(pages, this.client, drawing);
    this.generateImage = new GenerateImage(this);
    this.statusBar = new StatusBar(this.client, this.generation, this.runs);
  }

  /**
   * Reports, after a start, what a reload interrupted. It uses the restored step-through, and offers to make the picture again.
   */
  async resume(): Promise<void> {
    this.index.refreshSoon();
    const interrupted = await this.runUnderWay.takeInterrupted();
    this.panel.restore(interrupted && interruption(interrupted));
    if (interrupted) await this.generateImage.tellInterrupted(interrupted);
  }

  dispose(): void {
    this.runUnderWay.close();
    this.statusBar.dispose();
    this.editors.dispose();
    this.comparisons.dispose();
    this.runsView.dispose();
    this.index.dispose();
    this.hardwareReport.dispose();
    this.panel.dispose();
    this.generation.dispose();
    this.runs.dispose();
    this.client.dispose();
  }
}
