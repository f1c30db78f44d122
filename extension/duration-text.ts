import { l10n } from 'vscode';
import { roundedTime } from '../sidecar/protocol';

/** A time in few words: "40 s", "12 min", "2 h 30 min". */
export function durationText(ms: number): string {
  const { hours, minutes, seconds } = roundedTime(ms);
  if (hours > 0) return l10n.t('{0} h {1} min', hours, minutes);
  return minutes > 0 ? l10n.t('{0} min', minutes) : l10n.t('{0} s', seconds);
}
