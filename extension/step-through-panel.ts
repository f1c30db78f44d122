import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  EventEmitter,
  env,
  l10n,
  Uri,
  ViewColumn,
  window,
  type Disposable,
  type Webview,
  type WebviewOptions,
  type WebviewPanel,
} from 'vscode';
import type { HostToWebview, SidecarEndpoint, WebviewCommand } from '../sidecar/protocol';
import { setContextKey } from './context-keys';
import { errorMessage } from './error-message';
import type { SidecarClient, SidecarState } from './sidecar-client';
import { messagePage, stepThroughPage } from './webview-html';
import { parseWebviewMessage } from './webview-message';
import { WebviewRelay } from './webview-relay';

const STEP_THROUGH_VIEW = 'ziparStudio.stepThrough';

/**
 * The editor that shows a run. VS Code destroys a hidden webview and makes it again when it reappears. The new webview sends
 * `ready` and gets the run to show. The sidecar's snapshots are complete, so nothing has to be kept here.
 */
export class StepThroughPanel implements Disposable {
  private readonly commandRequested = new EventEmitter<{ command: WebviewCommand; runId: number }>();
  readonly onDidRequestCommand = this.commandRequested.event;
  private readonly subscription: Disposable;
  private panel: WebviewPanel | undefined;
  private restoring: Disposable | undefined;
  private relay: WebviewRelay | undefined;
  /** The endpoint that the page's Content-Security-Policy names. */
  private pageEndpoint: SidecarEndpoint | undefined;
  private shownRunId = 0;
  private readonly pageReady = new EventEmitter<void>();
  private isPageReady = false;

  constructor(
    private readonly extensionUri: Uri,
    private readonly client: SidecarClient,
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
      { ...this.webviewOptions(), retainContextWhenHidden: false },
    );
    this.adopt(panel);
    this.follow(this.client.state);
  }

  /**
   * Takes over the panel that VS Code restores after a reload. The panel shows `message` until the next run; without a message
   * it is closed. Its earlier runs ended with their sidecar.
   */
  restore(message: string | undefined): void {
    this.restoring?.dispose();
    this.restoring = window.registerWebviewPanelSerializer(STEP_THROUGH_VIEW, {
      deserializeWebviewPanel: (panel) => {
        if (message === undefined || this.panel) panel.dispose();
        else {
          panel.webview.options = this.webviewOptions();
          this.adopt(panel);
          panel.webview.html = messagePage(this.pageParts(panel.webview), message);
        }
        return Promise.resolve();
      },
    });
  }

  private webviewOptions(): WebviewOptions {
    return { enableScripts: true, localResourceRoots: [Uri.joinPath(this.extensionUri, 'dist')] };
  }

  private adopt(panel: WebviewPanel): void {
    panel.iconPath = Uri.joinPath(this.extensionUri, 'media', 'icon.svg');
    this.panel = panel;
    setContextKey('stepThroughOpened', true);
    panel.webview.onDidReceiveMessage((message: unknown) => {
      this.receive(message);
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.pageGone();
    });
    panel.onDidDispose(() => {
      this.pageGone();
      this.panel = undefined;
      this.pageEndpoint = undefined;
    });
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
    this.shownRunId = runId;
    this.postRun();
  }

  dispose(): void {
    this.subscription.dispose();
    this.restoring?.dispose();
    this.panel?.dispose();
    this.commandRequested.dispose();
    this.pageReady.dispose();
  }

  /** Adapts the page to the sidecar: a new port needs a new page, because the policy names the port. */
  private follow(state: SidecarState): void {
    const panel = this.panel;
    if (!panel) return;
    if (state.kind === 'ready') {
      this.closeRelay();
      this.shownRunId = 0;
      this.pageEndpoint = state.endpoint;
      this.isPageReady = false;
      panel.webview.html = this.page(panel.webview, state.endpoint);
      return;
    }
    const message = describe(state);
    this.closeRelay();
    if (this.pageEndpoint) this.post({ type: 'sidecar-gone', reason: message });
    else panel.webview.html = messagePage(this.pageParts(panel.webview), message);
  }

  private receive(value: unknown): void {
    const message = parseWebviewMessage(value);
    if (!message) return;
    switch (message.type) {
      case 'ready':
        this.closeRelay();
        this.isPageReady = true;
        this.pageReady.fire();
        this.postRun();
        if (this.client.state.kind !== 'ready')
          this.post({ type: 'sidecar-gone', reason: describe(this.client.state) });
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
        this.commandRequested.fire({ command: message.command, runId: message.runId });
    }
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

  private page(webview: Webview, endpoint: SidecarEndpoint): string {
    const script = webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', 'webview.js')).toString();
    return stepThroughPage({ ...this.pageParts(webview), socket: endpoint.url, script });
  }

  private pageParts(webview: Webview) {
    return {
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      style: webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', 'webview.css')).toString(),
      language: env.language,
      title: l10n.t('ZipAR Step-Through'),
    };
  }
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
