import {
  commands,
  Disposable,
  EventEmitter,
  window,
  type TextDocumentShowOptions,
  type CustomReadonlyEditorProvider,
  type Uri,
  type WebviewPanel,
} from 'vscode';
import type { WebviewCommand } from '../sidecar/protocol';
import type { RunPlace } from './run-place';
import { setContextKey } from './context-keys';
import { errorMessage } from './error-message';
import { PageLoader } from './page-loader';
import type { PageRenderer } from './page-renderer';
import { RecordedPage } from './recorded-page';
import type { RecordDrawing } from './record-drawing';
import { readRunDocument, type RunDocument } from './run-document';
import type { SidecarClient } from './sidecar-client';
import type { StepThroughPages } from './step-through-pages';
import { parseWebviewMessage } from './webview-message';

/** Editors of files with runs: `.zipar` files, and pictures for which the user chooses the step-through. */
const TRACE_EDITOR = 'ziparStudio.trace';
const PICTURE_EDITOR = 'ziparStudio.pictureTrace';

/** A document, or the reason why the file shows no run. */
type OpenedFile = RunDocument | { readonly uri: Uri; readonly problem: string; dispose(): void };

/** Shows the runs of files, without a model and without the sidecar. */
export class RunEditors implements CustomReadonlyEditorProvider<OpenedFile>, Disposable {
  private readonly commandRequested = new EventEmitter<{
    command: WebviewCommand;
    file: Uri;
    place?: RunPlace | undefined;
  }>();
  readonly onDidRequestCommand = this.commandRequested.event;
  private readonly registrations: Disposable;
  private activeDocument: OpenedFile | undefined;
  private readonly shown = new Set<RecordedPage>();

  constructor(
    private readonly pages: StepThroughPages,
    private readonly client: SidecarClient,
    private readonly drawing: RecordDrawing,
    private readonly renderer: PageRenderer,
  ) {
    this.registrations = Disposable.from(
      ...[TRACE_EDITOR, PICTURE_EDITOR].map((id) =>
        window.registerCustomEditorProvider(id, this, { supportsMultipleEditorsPerDocument: true }),
      ),
    );
  }

  /** The file in the active editor, if it is one of these. */
  get active(): Uri | undefined {
    return this.activeDocument?.uri;
  }

  /** Seed of the run in the active editor. */
  get activeSeed(): number | undefined {
    const document = this.activeDocument;
    return document && 'record' in document ? document.record.run.settings.seed : undefined;
  }

  /** Opens the step-through of a file. */
  static async open(file: Uri, options?: TextDocumentShowOptions): Promise<void> {
    const editor = /\.zipar$/i.test(file.path) ? TRACE_EDITOR : PICTURE_EDITOR;
    await commands.executeCommand('vscode.openWith', file, editor, options);
  }

  /** Shows a step of a file's run in all its editors. */
  showStep(file: Uri, step: number): void {
    for (const page of this.shown) if (page.document.uri.toString() === file.toString()) page.showStep(step);
  }

  async openCustomDocument(uri: Uri): Promise<OpenedFile> {
    try {
      return await readRunDocument(uri);
    } catch (error) {
      return { uri, problem: errorMessage(error), dispose: () => undefined };
    }
  }

  resolveCustomEditor(document: OpenedFile, panel: WebviewPanel): void {
    const { webview } = panel;
    webview.options = this.pages.options();
    const follow = (): void => {
      if (panel.active) this.activeDocument = document;
      else if (this.activeDocument === document) this.activeDocument = undefined;
    };
    follow();
    panel.onDidChangeViewState(follow);
    panel.onDidDispose(() => {
      if (this.activeDocument === document) this.activeDocument = undefined;
    });
    if ('problem' in document) {
      webview.html = this.pages.message(webview, document.problem);
      return;
    }
    const loader = new PageLoader(panel);
    const page = new RecordedPage(webview, document, this.drawing, this.renderer, this.client);
    this.shown.add(page);
    panel.onDidDispose(() => {
      loader.stop();
      this.shown.delete(page);
      page.dispose();
    });
    webview.onDidReceiveMessage((value: unknown) => {
      const message = parseWebviewMessage(value);
      if (message?.type === 'ready' || message?.type === 'received') {
        if (loader.hear(message)) page.show();
      } else if (message?.type === 'stepped') setContextKey('steppedThrough', true);
      else if (message?.type === 'command') this.commandRequested.fire({ ...message, file: document.uri });
      else if (message) page.receive(message);
    });
    loader.load((nonce) => this.pages.page(webview, nonce, undefined));
  }

  dispose(): void {
    this.registrations.dispose();
    this.commandRequested.dispose();
  }
}
