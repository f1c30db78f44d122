import { l10n, Uri, ViewColumn, window, workspace, type Disposable, type WebviewPanel } from 'vscode';
import type { DecoderReport, SheetPicture } from '../sidecar/decoder-report/decoder-report';
import { readDecoderReport } from '../sidecar/decoder-report/read-decoder-report';
import type { HostToReport } from '../sidecar/decoder-report/report-messages';
import type { Log } from './log';
import { PageLoader } from './page-loader';
import { reportError, UserError } from './report-error';
import { parseReportMessage } from './report-message';
import { restorePanels } from './restored-panels';
import type { StepThroughPages } from './step-through-pages';

const REPORT_VIEW = 'ziparStudio.decoderReport';
const NUMBERS_FILE = 'report.json';
/** Name of the row that all others are compared with. */
const RASTER = 'raster';
const MAX_REPORT_BYTES = 16 << 20;

/** What the pages of reports open. */
export interface ReportActions {
  openRun(file: Uri): Promise<void>;
  compare(files: readonly [Uri, Uri]): Promise<void>;
}

/** Pages that show comparisons of decoders: their table, their plot, and their pictures. A reload brings them back. */
export class ReportPages implements Disposable {
  private readonly serializer: Disposable;

  constructor(
    private readonly pages: StepThroughPages,
    private readonly actions: ReportActions,
    private readonly log: Log,
  ) {
    this.serializer = restorePanels(REPORT_VIEW, pages, {
      shownBy: folderIn,
      foldersOf: (folder) => [folder],
      show: async (panel, folder) => {
        this.show(panel, folder, await readReport(folder));
      },
    });
  }

  /** Shows the report in a folder. @throws UserError when there is none */
  async open(folder: Uri): Promise<void> {
    const report = await readReport(folder);
    const title = l10n.t('Decoders of {0}', report.model);
    const panel = window.createWebviewPanel(
      REPORT_VIEW,
      title,
      ViewColumn.Active,
      this.pages.options(folder),
    );
    this.show(panel, folder, report);
  }

  dispose(): void {
    this.serializer.dispose();
  }

  private show(panel: WebviewPanel, folder: Uri, report: DecoderReport): void {
    const { webview } = panel;
    const loader = new PageLoader(panel);
    panel.onDidDispose(() => {
      loader.stop();
    });
    const fileOf = ({ file }: SheetPicture): Uri => Uri.joinPath(folder, ...file.split('/'));
    webview.onDidReceiveMessage((value: unknown) => {
      const message = parseReportMessage(value);
      if (message?.type === 'ready' || message?.type === 'received') {
        if (!loader.hear(message)) return;
        const addresses = report.pictures.map((picture) => webview.asWebviewUri(fileOf(picture)).toString());
        const shown: HostToReport = { type: 'show-report', report, folder: folder.toString(), addresses };
        void webview.postMessage(shown);
        return;
      }
      const picture = message && report.pictures[message.index];
      if (!picture) return;
      const raster = report.pictures.find(
        ({ decoder, number }) => decoder === RASTER && number === picture.number,
      );
      const opened =
        message.type === 'compare-picture' && raster
          ? this.actions.compare([fileOf(picture), fileOf(raster)])
          : this.actions.openRun(fileOf(picture));
      opened.catch((error: unknown) => {
        reportError(error, this.log);
      });
    });
    loader.load((nonce) => this.pages.report(webview, nonce));
  }
}

/** @throws UserError */
async function readReport(folder: Uri): Promise<DecoderReport> {
  const file = Uri.joinPath(folder, NUMBERS_FILE);
  const report = readDecoderReport(await textOf(file));
  if (report) return report;
  throw new UserError(
    l10n.t('{0} is no report that this version shows. Run ZipAR: Compare Decoders again.', file.fsPath),
  );
}

async function textOf(file: Uri): Promise<string> {
  try {
    const { size } = await workspace.fs.stat(file);
    if (size <= MAX_REPORT_BYTES) return new TextDecoder().decode(await workspace.fs.readFile(file));
  } catch {
    throw new UserError(l10n.t('{0} cannot be read.', file.fsPath));
  }
  return '';
}

/** The folder that a page remembered before a reload. */
function folderIn(state: unknown): Uri | undefined {
  if (typeof state !== 'object' || state === null || !('folder' in state)) return undefined;
  return typeof state.folder === 'string' ? Uri.parse(state.folder) : undefined;
}
