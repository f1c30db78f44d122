import type { PageSign } from '../protocol/page-sign';
import type { DecoderReport } from './decoder-report';

/** Messages of VS Code's extension host to the page of a report. */
export interface HostToReport {
  readonly type: 'show-report';
  readonly report: DecoderReport;
  /** URI of the folder of the report. The page remembers it for a reload. */
  readonly folder: string;
  /** Addresses from which the page may load the pictures, in the order of `report.pictures`. */
  readonly addresses: readonly string[];
}

/** Messages of the page. `index` is the place of a picture in `report.pictures`. */
export type ReportToHost =
  | PageSign
  /** Opens the run of a picture. */
  | { readonly type: 'open-picture'; readonly index: number }
  /** Compares the run of a picture with that of the same seed in raster order. */
  | { readonly type: 'compare-picture'; readonly index: number };

/** What remains of a page when its webview is destroyed. */
export interface RememberedReport {
  readonly folder: string;
}
