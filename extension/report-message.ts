import type { ReportToHost } from '../sidecar/decoder-report/report-messages';
import { pageSign } from './page-sign';

/** Reads a message that the page of a report posted; undefined for a message that is not one of these. */
export function parseReportMessage(value: unknown): ReportToHost | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const { type } = value;
  if (type === 'ready' || type === 'received') return pageSign(value);
  if (type !== 'open-picture' && type !== 'compare-picture') return undefined;
  const index = 'index' in value ? value.index : undefined;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? { type, index } : undefined;
}
