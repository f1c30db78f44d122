import * as l10n from './l10n';
import type { CellTrackDescription } from '../sidecar/protocol';

// The table of tracks is in the sidecar (`sidecar/decoding/cell-tracks.ts`). A test compares its texts with the translations.

/** A track's name in the user's language: "Probability". */
export function trackLabel({ label }: Pick<CellTrackDescription, 'label'>): string {
  return l10n.t(label);
}

/** A number of a track with its unit: "1.25 nats". */
export function withUnit(number: string, { unit }: Pick<CellTrackDescription, 'unit'>): string {
  return unit === '' ? number : `${number} ${l10n.t(unit)}`;
}

/** An end of a track's colours in words: "unlikely 0", "6.9 nats". */
export function trackEnd(track: CellTrackDescription, end: 'low' | 'high', value: number): string {
  const number = l10n.decimal(value, value % 1 === 0 ? 0 : 1);
  const word = end === 'low' ? track.lowWord : track.highWord;
  const parts = end === 'low' ? [l10n.t(word), number] : [withUnit(number, track), l10n.t(word)];
  return parts.filter((part) => part !== '').join(' ');
}

/** What a track's numbers mean, for people who do not know its unit; undefined if its name says so. */
export function trackMeaning({ name }: Pick<CellTrackDescription, 'name'>): string | undefined {
  return name === 'entropy'
    ? l10n.t(
        'Entropy says how undecided the model was, in nats: 0 is sure; 0.7 means that two tokens were equally likely, 2.3 ten tokens.',
      )
    : undefined;
}
