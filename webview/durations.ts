import { roundedTime } from '../sidecar/protocol';
import * as l10n from './l10n';

/** A duration as text: "0.42 ms", "38 ms", "1.24 s", "12.4 s", "3 min 05 s". */
export function durationText(ms: number): string {
  if (ms < 10) return `${l10n.decimal(ms, ms < 1 ? 2 : 1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return secondsText(ms);
}

/** A duration as `durationText` writes it, but never in ms. */
export function secondsText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${l10n.decimal(seconds, 2)} s`;
  if (seconds < 60) return `${l10n.decimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  return l10n.t('{0} min {1} s', Math.floor(whole / 60), String(whole % 60).padStart(2, '0'));
}

/** A duration as people say it: "40 s", "12 min", "2 h 30 min". */
export function roundedText(ms: number): string {
  const { hours, minutes, seconds } = roundedTime(ms);
  if (hours > 0) return l10n.t('{0} h {1} min', hours, minutes);
  return minutes > 0 ? l10n.t('{0} min', minutes) : l10n.t('{0} s', seconds);
}
