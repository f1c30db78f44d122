import type { Disposable, Webview } from 'vscode';
import type { HostToWebview, WebviewToHost } from '../sidecar/protocol';
import type { PageRenderer } from './page-renderer';
import type { RecordDrawing } from './record-drawing';
import type { RunDocument } from './run-document';
import type { SidecarClient } from './sidecar-client';

/** The run of a file on a page: it sends the file, and answers the page's requests for steps. */
export class RecordedPage implements Disposable {
  private readonly subscription: Disposable;
  private attached: Disposable | undefined;
  private isDisposed = false;
  /** The step that the page was told to show. */
  private step: number | undefined;

  constructor(
    private readonly webview: Webview,
    readonly document: RunDocument,
    private readonly drawing: RecordDrawing,
    private readonly renderer: PageRenderer,
    client: SidecarClient,
  ) {
    this.subscription = client.onDidChangeState(() => {
      this.post({ type: 'can-draw', canDraw: drawing.isPossible });
    });
  }

  /** Sends the file. Call it whenever the page says that it is ready. */
  show(): void {
    const { uri } = this.document;
    // VS Code passes on a Uint8Array as bytes, but a Buffer of Node.js as JSON.
    const bytes = new Uint8Array(this.document.bytes);
    this.post({ type: 'show-file', file: uri.toString(), bytes, canDraw: this.drawing.isPossible });
    if (this.step !== undefined) this.post({ type: 'show-step', step: this.step });
    this.attached?.dispose();
    this.attached = this.renderer.attach(uri, (message) => {
      this.post(message);
    });
  }

  /** Shows a step. */
  showStep(step: number): void {
    this.step = step;
    this.post({ type: 'show-step', step });
  }

  receive(message: WebviewToHost): void {
    const { record } = this.document;
    if (message.type === 'inspect-cell')
      void this.drawing.inspect(record, message.position).then((answer) => {
        this.post(answer);
      });
    if (message.type === 'rendered' || message.type === 'not-rendered') this.renderer.receive(message);
    if (message.type !== 'draw-step') return;
    void this.drawing.draw(record, message.step).then((answer) => {
      this.post(answer);
    });
  }

  dispose(): void {
    this.isDisposed = true;
    this.attached?.dispose();
    this.subscription.dispose();
  }

  /** Sends a message, unless the page shows another run by now. */
  private post(message: HostToWebview): void {
    if (!this.isDisposed) void this.webview.postMessage(message);
  }
}
