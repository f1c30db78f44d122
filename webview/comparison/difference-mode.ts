import { greatestDistance } from '../../sidecar/comparison/cell-differences';
import * as l10n from '../l10n';
import { isDecidedBy } from '../trace';
import type { Comparison } from './comparison';
import { differenceLabel } from './difference-label';

/** Marks the cells with different tokens. */
export const BY_TOKEN = 'token';
/** Colours cells by the difference of the two pictures. */
export const BY_PICTURE = 'picture';

/** What the map of differences shows: {@link BY_TOKEN}, {@link BY_PICTURE}, or the name of a difference by cell. */
export type DifferenceMode = string;

/** The modes that a comparison offers. */
export function differenceModes(
  { tracks }: Comparison,
  hasPictures: boolean,
): readonly (readonly [mode: DifferenceMode, name: string])[] {
  return [
    [BY_TOKEN, l10n.t('Token')],
    ...tracks.map((track) => [track.name, differenceLabel(track)] as const),
    ...(hasPictures ? ([[BY_PICTURE, l10n.t('Picture')]] as const) : []),
  ];
}

/** What the map shows. Values are in raster order; NaN marks a cell that is not compared. */
export interface DifferenceMap {
  readonly values: Float32Array;
  /** The value at the far end of the colours; its negative is at the near end of two-sided colours. */
  readonly most: number;
  /** Whether values have a sign, so that the colours have two ends. */
  readonly isSigned: boolean;
  readonly unit: string;
}

/**
 * The differences of the cells that both runs have decided.
 * @param steps the step of each run
 * @param pictures differences of the pictures by cell, 0..1; undefined while a picture is not there
 */
export function differenceMap(
  { runs, tracks }: Comparison,
  steps: readonly [number, number],
  mode: DifferenceMode,
  pictures: Float32Array | undefined,
): DifferenceMap {
  const [a, b] = runs;
  const track = tracks.find(({ name }) => name === mode);
  const tokens = [a.trace.snapshot.tokens, b.trace.snapshot.tokens] as const;
  const whole = mode === BY_PICTURE && pictures ? pictures : track?.values;
  const values = new Float32Array(tokens[0].length).fill(NaN);
  for (let position = 0; position < values.length; position++) {
    if (!isDecidedBy(a.trace, position, steps[0]) || !isDecidedBy(b.trace, position, steps[1])) continue;
    const isSame = tokens[0][position] === tokens[1][position];
    values[position] = whole ? (whole[position] ?? NaN) : isSame ? 0 : 1;
  }
  // The scale is that of the whole runs, so that a colour means the same at every place.
  const most = track ? greatestDistance(track.values) : 1;
  return { values, most: most > 0 ? most : 1, isSigned: track !== undefined, unit: track?.unit ?? '' };
}
