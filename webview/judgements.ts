import * as l10n from './l10n';
import type { JudgedEvent } from '../sidecar/protocol';

/**
 * Says what happened to a candidate for a row's first token, for reading aloud: "Row 5 start: candidate rejected (0.12 → 0.03),
 * waits." The numbers are its probability under the narrower window and under the wider one.
 *
 * @param row counts from 1
 * @param isDecided whether the same step decided the cell
 */
export function judgementSentence(judgement: JudgedEvent, row: number, isDecided: boolean): string {
  const change = probabilityChange(judgement);
  if (judgement.accepted) return l10n.t('Row {0} start: candidate accepted ({1}).', row, change);
  return isDecided
    ? l10n.t('Row {0} start: candidate rejected ({1}), replaced.', row, change)
    : l10n.t('Row {0} start: candidate rejected ({1}), waits.', row, change);
}

/** Judgements as text: "0.12 → 0.03 rejected, 0.30 → 0.41 accepted"; empty if nothing was judged. */
export function judgementsText(judgements: readonly JudgedEvent[]): string {
  return judgements
    .map((judgement) => {
      const change = probabilityChange(judgement);
      return judgement.accepted ? l10n.t('{0} accepted', change) : l10n.t('{0} rejected', change);
    })
    .join(', ');
}

/** A number of times as text: "once", "3 times". */
export function timesText(count: number): string {
  return count === 1 ? l10n.t('once') : l10n.t('{0} times', count);
}

function probabilityChange({ narrower, wider }: JudgedEvent): string {
  return `${l10n.decimal(narrower, 2)} → ${l10n.decimal(wider, 2)}`;
}
