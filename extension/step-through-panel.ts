import { setTimeout as delay } from 'node:timers/promises';
import { EventEmitter, l10n, Uri, ViewColumn, window, type Disposable, type WebviewPanel } from 'vscode';
import type { HostToWebview, SidecarEndpoint, WebviewCommand } from '../sidecar/protocol';
import type { RunPlace } from './run-place';
import { setContextKey } from './context-keys';
import { errorMessage } from './error-message';
import type { SidecarClient, SidecarState } from './sidecar-client';
import { PageLoader } from './page-loader';
import type { PageRenderer } from './page-renderer';
import type { RecordDrawing } from './record-drawing';
import { RecordedPage } from './recorded-page';
import { readRunDocument, type RunDocument } from './run-document';
import type { StepThroughPages } from './step-through-pages';
import { parseWebviewMessage } from './webview-message';
import { WebviewRelay } from './webview-relay';

const STEP_THROUGH_VIEW = 'ziparStudio.stepThrough';

/**
 * The editor that shows a run. VS Code destroys a hidden webview and makes it again when it reappears. The new webview sends
 * `ready` and gets the run to show. The sidecar's snapshots are complete, so nothing has to be kept here.
 */
export class StepThroughPanel implements Disposable {
  private readonly commandRequested = new EventEmitter<{
    command: WebviewCommand;
    runId: number;
    place?: RunPlace | undefined;
  }>();
  readonly onDidRequestCommand = this.commandRequested.event;
  private readonly visibilityChanged = new EventEmitter<void>();
  readonly onDidChangeVisibility = this.visibilityChanged.event;
  private readonly subscription: Disposable;
  private panel: WebviewPanel | undefined;
  private loader: PageLoader | undefined;
  private restoring: Disposable | undefined;
  private relay: WebviewRelay | undefined;
  /** The endpoint that the page's Content-Security-Policy names. */
  private pageEndpoint: SidecarEndpoint | undefined;
  private shownRunId = 0;
  /** The file that keeps the run on screen. `sidecar` is the token of the sidecar that made the run. */
  private kept:
    { readonly file: Uri; readonly notice: string | undefined; readonly sidecar: string } | undefined;
  /** The run on screen, if only its file knows it. */
  private recorded: RecordedPage | undefined;
  private readonly pageReady = new EventEmitter<void>();
  private isPageReady = false;
  /** What is done before the next run begins. */
  private preparing: string | undefined;
  /** The page as one that can draw the run of its file. */
  private attached: Disposable | undefined;

  constructor(
    private readonly extensionUri: Uri,
    private readonly pages: StepThroughPages,
    private readonly client: SidecarClient,
    private readonly drawing: RecordDrawing,
    private readonly renderer: PageRenderer,
    private readonly forceRelay: () => boolean,
  ) {
    this.subscription = client.onDidChangeState((state) => {
      this.follow(state);
    });
  }

  /** The run on screen; 0 = the newest. */
  get runId(): number {
    return this.shownRunId;
  }

  open(preserveFocus: boolean): void {
    if (this.panel) {
      this.panel.reveal(undefined, preserveFocus);
      return;
    }
    const panel = window.createWebviewPanel(
      STEP_THROUGH_VIEW,
      l10n.t('ZipAR Step-Through'),
      { viewColumn: ViewColumn.Beside, preserveFocus },
      { ...this.pages.options(), retainContextWhenHidden: false },
    );
    this.adopt(panel);
    this.follow(this.client.state);
  }

  /** Reveals the panel if it shows the run of a file. @returns whether it does */
  reveal(file: Uri): boolean {
    if (!this.panel || this.file?.toString() !== file.toString()) return false;
    this.panel.reveal();
    return true;
  }

  /** Whether VS Code shows the panel. */
  get isVisible(): boolean {
    return this.panel?.visible === true;
  }

  /** Whether the user is likely to look at the panel: VS Code shows it, and has the focus. */
  get isSeen(): boolean {
    return this.isVisible && window.state.focused;
  }

  /** Shows what is done before the next run begins; undefined when it has begun. */
  showPreparing(text: string | undefined): void {
    if (text === this.preparing) return;
    this.preparing = text;
    this.post({ type: 'preparing', text: text ?? null });
  }

  /** Whether the run on screen is one that only its file knows. */
  get isRecorded(): boolean {
    return this.recorded !== undefined;
  }

  /** Seed of the run on screen, if only its file knows the run. */
  get recordedSeed(): number | undefined {
    return this.recorded?.document.record.run.settings.seed;
  }

  /** The file of the run on screen, if a file keeps the run. */
  get file(): Uri | undefined {
    return this.recorded?.document.uri ?? this.kept?.file;
  }

  /**
   * Takes over the panel that VS Code restores after a reload. The panel shows `message` until the next run. Without a message
   * it shows the run of before from its file, at the same step. Without such a file it is closed.
   */
  restore(message: string | undefined): void {
    this.restoring?.dispose();
    this.restoring = window.registerWebviewPanelSerializer(STEP_THROUGH_VIEW, {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        const document = message === undefined ? await rememberedDocument(state) : undefined;
        if (this.panel || (message === undefined && !document)) {
          panel.dispose();
          return;
        }
        panel.webview.options = this.pages.options();
        this.adopt(panel);
        if (document) this.show(document);
        this.follow(this.client.state, message);
      },
    });
  }

  /** Shows the run of a file that the sidecar does not know. */
  private show(document: RunDocument): void {
    this.recorded?.dispose();
    this.recorded =
      this.panel && new RecordedPage(this.panel.webview, document, this.drawing, this.renderer, this.client);
  }

  private adopt(panel: WebviewPanel): void {
    panel.iconPath = Uri.joinPath(this.extensionUri, 'media', 'icon.svg');
    this.panel = panel;
    const loader = new PageLoader(panel);
    this.loader = loader;
    panel.webview.onDidReceiveMessage((message: unknown) => {
      this.receive(message);
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.pageGone();
      this.visibilityChanged.fire();
    });
    panel.onDidDispose(() => {
      loader.stop();
      this.recorded?.dispose();
      this.recorded = undefined;
      this.pageGone();
      this.panel = undefined;
      this.pageEndpoint = undefined;
      this.visibilityChanged.fire();
    });
    this.visibilityChanged.fire();
  }

  /**
   * Resolves when the page listens, but at the latest after `limitMs`. If a webview opens just before a long run, VS Code may
   * leave it empty until the run ends. The first steps would be missed in any case.
   */
  async listening(limitMs: number): Promise<void> {
    if (!this.panel?.visible || !this.pageEndpoint || this.isPageReady) return;
    const isOver = new AbortController();
    const ready = new Promise<void>((resolve) => {
      const subscription = this.pageReady.event(resolve);
      isOver.signal.addEventListener('abort', () => {
        subscription.dispose();
      });
    });
    await Promise.race([ready, delay(limitMs, undefined, { signal: isOver.signal }).catch(() => undefined)]);
    isOver.abort();
  }

  showRun(runId: number): void {
    this.recorded?.dispose();
    this.recorded = undefined;
    this.kept = undefined;
    this.attached?.dispose();
    this.shownRunId = runId;
    this.postRun();
  }

  /** A file keeps a run. @param notice says where it is, if the user would not look for it there */
  runKept(runId: number, file: Uri, notice: string | undefined): void {
    const { state } = this.client;
    if (runId !== this.shownRunId || state.kind !== 'ready') return;
    this.kept = { file, notice, sidecar: state.endpoint.token };
    this.postKept();
  }

  dispose(): void {
    this.recorded?.dispose();
    this.subscription.dispose();
    this.restoring?.dispose();
    this.panel?.dispose();
    this.commandRequested.dispose();
    this.visibilityChanged.dispose();
    this.pageReady.dispose();
  }

  /** Adapts the page to the sidecar: a new port needs a new page, because the policy names the port. */
  private follow(state: SidecarState, message = describe(state)): void {
    const panel = this.panel;
    if (!panel) return;
    if (state.kind === 'ready') {
      this.closeRelay();
      this.shownRunId = 0;
      this.pageEndpoint = state.endpoint;
      this.isPageReady = false;
      this.loader?.load((nonce) => this.pages.page(panel.webview, nonce, state.endpoint.url));
      return;
    }
    this.closeRelay();
    if (this.pageEndpoint) this.post({ type: 'sidecar-gone', reason: message });
    else if (this.recorded) this.loader?.load((nonce) => this.pages.page(panel.webview, nonce, undefined));
    else this.loader?.show(this.pages.message(panel.webview, message));
  }

  private receive(value: unknown): void {
    const message = parseWebviewMessage(value);
    if (!message) return;
    switch (message.type) {
      case 'ready':
      case 'received':
        if (this.loader?.hear(message) !== true) return;
        this.closeRelay();
        this.isPageReady = true;
        this.pageReady.fire();
        void this.fillPage();
        return;
      case 'stepped':
        setContextKey('steppedThrough', true);
        return;
      case 'rendered':
      case 'not-rendered':
        this.renderer.receive(message);
        return;
      case 'draw-step':
      case 'inspect-cell':
        this.recorded?.receive(message);
        return;
      case 'relay-open':
        this.openRelay();
        return;
      case 'relay-text':
        this.relay?.send(message.text);
        return;
      case 'relay-close':
        this.closeRelay();
        return;
      case 'command':
        this.commandRequested.fire(message);
    }
  }

  /** Sends the run to a new page: the file's, if the sidecar does not know the run, otherwise the sidecar's. */
  private async fillPage(): Promise<void> {
    const { kept } = this;
    const { state } = this.client;
    if (kept && !this.recorded && state.kind === 'ready' && kept.sidecar !== state.endpoint.token) {
      const document = await readRunDocument(kept.file).catch(() => undefined);
      // A new run may have come onto the page meanwhile.
      if (document && this.kept === kept) this.show(document);
    }
    this.recorded?.show();
    this.postRun();
    this.postKept();
    this.post({ type: 'preparing', text: this.preparing ?? null });
    if (this.client.state.kind !== 'ready' && !this.recorded)
      this.post({ type: 'sidecar-gone', reason: describe(this.client.state) });
  }

  private postKept(): void {
    if (!this.kept || this.recorded) return;
    const { file, notice } = this.kept;
    this.attached?.dispose();
    this.attached = this.renderer.attach(file, (message) => {
      this.post(message);
    });
    this.post({ type: 'run-kept', runId: this.shownRunId, file: file.toString(), notice: notice ?? null });
  }

  private postRun(): void {
    const { state } = this.client;
    if (state.kind !== 'ready') return;
    this.post({
      type: 'show-run',
      endpoint: state.endpoint,
      runId: this.shownRunId,
      forceRelay: this.forceRelay(),
    });
  }

  private openRelay(): void {
    this.closeRelay();
    const { state } = this.client;
    if (state.kind !== 'ready') {
      this.post({ type: 'relay-closed', reason: describe(state) });
      return;
    }
    this.relay = new WebviewRelay(state.endpoint, (message) => this.send(message));
  }

  private pageGone(): void {
    this.attached?.dispose();
    this.isPageReady = false;
    this.closeRelay();
  }

  private closeRelay(): void {
    this.relay?.close();
    this.relay = undefined;
  }

  private post(message: HostToWebview): void {
    void this.send(message);
  }

  /** Sends a message to the webview. A hidden webview drops it, and asks again when it reappears. */
  private async send(message: HostToWebview): Promise<boolean> {
    return (await this.panel?.webview.postMessage(message)) ?? false;
  }
}

/** The document of the run that a page showed before a reload; undefined if it showed none, or if the file is gone. */
async function rememberedDocument(state: unknown): Promise<RunDocument | undefined> {
  if (typeof state !== 'object' || state === null || !('file' in state)) return undefined;
  if (typeof state.file !== 'string') return undefined;
  return readRunDocument(Uri.parse(state.file)).catch(() => undefined);
}

function describe(state: SidecarState): string {
  switch (state.kind) {
    case 'starting':
    case 'ready':
      return l10n.t('The sidecar is starting…');
    case 'stopped':
      return l10n.t('The sidecar is not running.');
    case 'failed':
      return errorMessage(state.error);
  }
}
