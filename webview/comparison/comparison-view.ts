import type { AlignedRuns, Alignment } from '../../sidecar/comparison/alignment';
import { LIKELIHOOD } from '../../sidecar/comparison/cell-differences';
import { secondsText } from '../durations';
import * as l10n from '../l10n';
import { cellView, stepView, type CellView, type StepView } from '../step-view';
import { isDecidedBy } from '../trace';
import { withUnit } from '../track-text';
import { SIDE_NAMES, type Comparison, type TwoLikelihoods } from './comparison';
import { differenceLabel } from './difference-label';

/** All that is shown of two runs at one place of the slider. */
export interface ComparisonView {
  readonly place: number;
  readonly lastPlace: number;
  /** Each run at its step. */
  readonly sides: readonly [StepView, StepView];
  /** Cells that both runs have decided by now, and those of them whose tokens differ. */
  readonly compared: number;
  readonly differing: number;
  /** The place in one or two sentences, for reading aloud. */
  readonly sentence: string;
}

export function comparisonView(
  { runs, difference }: Comparison,
  aligned: AlignedRuns,
  by: Alignment,
  place: number,
): ComparisonView {
  const lastPlace = aligned.values.length - 1;
  const at = Math.min(Math.max(Math.round(place), 0), lastPlace);
  const [a, b] = runs;
  const sides = [
    stepView(a.trace, aligned.steps[0][at] ?? 0),
    stepView(b.trace, aligned.steps[1][at] ?? 0),
  ] as const;
  const isCompared = (position: number): boolean =>
    isDecidedBy(a.trace, position, sides[0].step) && isDecidedBy(b.trace, position, sides[1].step);
  let compared = 0;
  for (let position = 0; position < sides[0].cells; position++) if (isCompared(position)) compared++;
  const differing = difference.differing.filter(isCompared).length;
  return {
    place: at,
    lastPlace,
    sides,
    compared,
    differing,
    sentence: l10n.t(
      '{0}: {1}. {2} of the {3} cells that both decided differ.',
      placeText(aligned.values[at] ?? 0, by),
      sides.map(sideText).join('; '),
      differing,
      compared,
    ),
  };
}

function placeText(value: number, by: Alignment): string {
  switch (by) {
    case 'cells':
      return l10n.t('At {0} cells', value);
    case 'step':
      return l10n.t('At step {0}', value);
    case 'time':
      return l10n.t('After {0}', secondsText(value));
  }
}

function sideText({ step, lastStepText, decidedCells, cells }: StepView, side: number): string {
  return l10n.t(
    '{0} step {1} of {2}, {3} of {4} cells',
    SIDE_NAMES[side] ?? '',
    step,
    lastStepText,
    decidedCells,
    cells,
  );
}

/** A cell of both runs at one place of the slider. */
export interface CellComparison {
  readonly sides: readonly [CellView, CellView];
  /** Whether both runs have decided the cell, and with the same token. */
  readonly verdict: 'same' | 'different' | 'uncompared';
  /** Whether it is the first cell in raster order where the runs differ. */
  readonly isFirst: boolean;
  /** How far B is from A in each number that both have. */
  readonly differences: readonly CellDifference[];
}

/** A number of a cell in both runs. */
export interface CellDifference {
  readonly label: string;
  /** The second run's number minus the first run's: "−0.47 nats". */
  readonly text: string;
  /** The numbers themselves; absent where {@link CellView} has them. */
  readonly sides?: readonly [string, string];
}

/** @param pictures how far the pictures differ in each cell, 0..1; undefined where a run has none */
export function cellComparison(
  comparison: Comparison,
  { sides: [stepA, stepB] }: ComparisonView,
  position: number,
  pictures?: Float32Array,
): CellComparison {
  const {
    runs: [a, b],
    difference,
  } = comparison;
  const sides = [cellView(a.trace, stepA.step, position), cellView(b.trace, stepB.step, position)] as const;
  const [one, other] = sides;
  const isCompared = one.decision !== undefined && other.decision !== undefined;
  const isSame = one.decision?.token === other.decision?.token;
  return {
    sides,
    verdict: !isCompared ? 'uncompared' : isSame ? 'same' : 'different',
    isFirst: isCompared && difference.first?.position === position,
    differences: isCompared ? cellDifferences(comparison, position, pictures) : [],
  };
}

function cellDifferences(
  { tracks, likelihoods }: Comparison,
  position: number,
  pictures: Float32Array | undefined,
): readonly CellDifference[] {
  const numbers = tracks
    .filter(({ values }) => !Number.isNaN(values[position] ?? NaN))
    .map(({ name, label, unit, digits, values }) => ({
      label: differenceLabel({ name, label }),
      text: signedText(values[position] ?? 0, digits, unit),
      ...(name === LIKELIHOOD && likelihoods && { sides: sidesText(likelihoods, position, digits) }),
    }));
  const picture = pictures?.[position];
  if (picture === undefined) return numbers;
  return [...numbers, { label: l10n.t('Picture'), text: `${Math.round(100 * picture)} %` }];
}

function sidesText([a, b]: TwoLikelihoods, position: number, digits: number): readonly [string, string] {
  const text = (nll: number | undefined): string => signedText(-(nll ?? NaN), digits, '');
  return [text(a[position]), text(b[position])];
}

/** A number with its sign: "+0.47 nats", "−0.47 nats". */
export function signedText(value: number, digits: number, unit: string): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return withUnit(`${sign}${l10n.decimal(Math.abs(value), digits)}`, { unit });
}

/** A cell of both runs in a few sentences, for reading aloud. */
export function cellComparisonSentence({ sides, verdict, isFirst, differences }: CellComparison): string {
  const [{ row, column }] = sides;
  const drawn = sides.map(({ decision, decidedIn }, side) =>
    decision
      ? l10n.t('{0} drew {1} in step {2}', SIDE_NAMES[side] ?? '', decision.token, decidedIn ?? 0)
      : l10n.t('{0} has not decided it', SIDE_NAMES[side] ?? ''),
  );
  const judged = {
    same: l10n.t('The tokens are the same.'),
    different: isFirst ? l10n.t('The runs part here.') : l10n.t('The tokens differ.'),
    uncompared: '',
  }[verdict];
  const numbers = differences.map(({ label, text }) => `${label} ${text}.`);
  return [l10n.t('Row {0}, column {1}: {2}.', row, column, drawn.join('; ')), judged, ...numbers]
    .filter((part) => part !== '')
    .join(' ');
}
