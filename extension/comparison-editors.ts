import path from 'node:path';
import { EventEmitter, l10n, Uri, ViewColumn, window, type Disposable, type WebviewPanel } from 'vscode';
import type { ComparisonCommand, HostToComparison } from '../sidecar/protocol';
import { compareRuns } from '../sidecar/comparison/run-difference';
import { ComparisonError } from '../sidecar/comparison/comparison-error';
import { summaryOf } from '../sidecar/trace-file/run-summary';
import { parseComparisonMessage } from './comparison-message';
import { inUsersLanguage } from './in-users-language';
import { PageLoader } from './page-loader';
import type { RecordDrawing } from './record-drawing';
import { UserError } from './report-error';
import { restorePanels } from './restored-panels';
import { readRunDocument, type RunDocument } from './run-document';
import { decoderText, runTitle } from './run-text';
import type { SidecarClient } from './sidecar-client';
import type { StepThroughPages } from './step-through-pages';

const COMPARISON_VIEW = 'ziparStudio.comparison';

type TwoRuns = readonly [RunDocument, RunDocument];

/** Editors that compare two runs, from their files alone. A reload brings them back. */
export class ComparisonEditors implements Disposable {
  private readonly commandRequested = new EventEmitter<{ command: ComparisonCommand; file: Uri }>();
  readonly onDidRequestCommand = this.commandRequested.event;
  private readonly serializer: Disposable;

  constructor(
    private readonly pages: StepThroughPages,
    private readonly client: SidecarClient,
    private readonly drawing: RecordDrawing,
  ) {
    this.serializer = restorePanels(COMPARISON_VIEW, pages, {
      shownBy: filesIn,
      show: async (panel, files) => {
        this.show(panel, await readBoth(files));
      },
    });
  }

  /** Compares the runs of two files. @throws UserError when a file holds no run, or when the runs do not fit each other */
  async open(files: readonly [Uri, Uri]): Promise<void> {
    const runs = await readBoth(files);
    const panel = window.createWebviewPanel(
      COMPARISON_VIEW,
      titleOf(runs),
      ViewColumn.Active,
      this.pages.options(),
    );
    this.show(panel, runs);
  }

  dispose(): void {
    this.serializer.dispose();
    this.commandRequested.dispose();
  }

  private show(panel: WebviewPanel, runs: TwoRuns): void {
    const { webview } = panel;
    let isOpen = true;
    const post = (message: HostToComparison): void => {
      if (isOpen) void webview.postMessage(message);
    };
    const subscription = this.client.onDidChangeState(() => {
      post({ type: 'can-draw', canDraw: this.drawing.isPossible });
    });
    const loader = new PageLoader(panel);
    panel.onDidDispose(() => {
      isOpen = false;
      loader.stop();
      subscription.dispose();
    });
    webview.onDidReceiveMessage((value: unknown) => {
      const message = parseComparisonMessage(value);
      switch (message?.type) {
        case 'ready':
        case 'received':
          if (loader.hear(message)) post(filesOf(runs, this.drawing.isPossible));
          return;
        case 'draw-step': {
          const { side, step } = message;
          void this.drawing.draw(runs[side].record, step).then((drawn) => {
            if (drawn.type === 'drawn-step' || drawn.type === 'step-not-drawn') post({ ...drawn, side });
          });
          return;
        }
        case 'score':
          void this.drawing.score([runs[0].record, runs[1].record], message.isAsked).then(post);
          return;
        case 'command':
          this.commandRequested.fire({ command: message.command, file: runs[message.side].uri });
          return;
        case undefined:
          return;
      }
    });
    loader.load((nonce) => this.pages.comparison(webview, nonce));
  }
}

/** What is compared, in few words: "snow at dawn: zipar 4 ↔ raster". */
function titleOf(runs: TwoRuns): string {
  const [a, b] = runs.map(({ record }) => summaryOf(record));
  if (!a || !b) return '';
  const [title, other] = [runTitle(a), runTitle(b)];
  return title === other
    ? l10n.t('{0}: {1} ↔ {2}', title, decoderText(a), decoderText(b))
    : l10n.t('{0} ↔ {1}', title, other);
}

function filesOf(runs: TwoRuns, canDraw: boolean): HostToComparison {
  // VS Code passes on a Uint8Array as bytes, but a Buffer of Node.js as JSON.
  const [a, b] = runs.map(({ uri, bytes }) => ({
    file: uri.toString(),
    name: nameOf(uri),
    bytes: new Uint8Array(bytes),
  }));
  if (!a || !b) throw new Error('A comparison has two runs.');
  return { type: 'show-comparison', files: [a, b], canDraw };
}

async function readBoth([a, b]: readonly [Uri, Uri]): Promise<TwoRuns> {
  const runs = [await readRunDocument(a), await readRunDocument(b)] as const;
  try {
    compareRuns(runs[0].record, runs[1].record);
  } catch (error) {
    if (error instanceof ComparisonError) throw new UserError(inUsersLanguage(error.sentence));
    throw error;
  }
  return runs;
}

/** The files that a page remembered before a reload. */
function filesIn(state: unknown): readonly [Uri, Uri] | undefined {
  if (typeof state !== 'object' || state === null || !('files' in state)) return undefined;
  if (!Array.isArray(state.files)) return undefined;
  const [a, b] = state.files as readonly unknown[];
  return typeof a === 'string' && typeof b === 'string' ? [Uri.parse(a), Uri.parse(b)] : undefined;
}

function nameOf(file: Uri): string {
  return path.posix.basename(file.path);
}
