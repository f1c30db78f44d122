import type { AlignedRuns, Alignment } from '../../sidecar/comparison/alignment';
import { secondsText } from '../durations';
import { cellView, stepView, type CellView, type StepView } from '../step-view';
import { isDecidedBy } from '../trace';
import { SIDE_NAMES, type Comparison } from './comparison';

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
    sentence: `${placeText(aligned.values[at] ?? 0, by)}: ${sides.map(sideText).join('; ')}. ${differing} of the ${compared} cells that both decided differ.`,
  };
}

function placeText(value: number, by: Alignment): string {
  switch (by) {
    case 'cells':
      return `At ${value} cells`;
    case 'step':
      return `At step ${value}`;
    case 'time':
      return `After ${secondsText(value)}`;
  }
}

function sideText({ step, lastStepText, decidedCells, cells }: StepView, side: number): string {
  return `${SIDE_NAMES[side] ?? ''} step ${step} of ${lastStepText}, ${decidedCells} of ${cells} cells`;
}

/** A cell of both runs at one place of the slider. */
export interface CellComparison {
  readonly sides: readonly [CellView, CellView];
  /** Whether both runs have decided the cell, and with the same token. */
  readonly verdict: 'same' | 'different' | 'not compared';
  /** Whether it is the first cell in raster order where the runs differ. */
  readonly isFirst: boolean;
  /** The second run's number minus the first run's on each track: "−0.47 nats". */
  readonly differences: readonly { readonly label: string; readonly text: string }[];
}

export function cellComparison(
  { runs: [a, b], difference, tracks }: Comparison,
  { sides: [stepA, stepB] }: ComparisonView,
  position: number,
): CellComparison {
  const sides = [cellView(a.trace, stepA.step, position), cellView(b.trace, stepB.step, position)] as const;
  const [one, other] = sides;
  const isCompared = one.decision !== undefined && other.decision !== undefined;
  const isSame = one.decision?.token === other.decision?.token;
  return {
    sides,
    verdict: !isCompared ? 'not compared' : isSame ? 'same' : 'different',
    isFirst: isCompared && difference.first?.position === position,
    differences: isCompared
      ? tracks.map(({ label, unit, digits, values }) => ({
          label,
          text: signedText(values[position] ?? 0, digits, unit),
        }))
      : [],
  };
}

/** A number with its sign: "+0.47 nats", "−0.47 nats". */
export function signedText(value: number, digits: number, unit: string): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return `${sign}${Math.abs(value).toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

/** A cell of both runs in a few sentences, for reading aloud. */
export function cellComparisonSentence({ sides, verdict, isFirst, differences }: CellComparison): string {
  const [{ row, column }] = sides;
  const drawn = sides.map(({ decision, decidedIn }, side) =>
    decision
      ? `${SIDE_NAMES[side] ?? ''} drew ${decision.token} in step ${decidedIn ?? 0}`
      : `${SIDE_NAMES[side] ?? ''} has not decided it`,
  );
  const judged = {
    same: 'The tokens are the same.',
    different: isFirst ? 'The runs part here.' : 'The tokens differ.',
    'not compared': '',
  }[verdict];
  const numbers = differences.map(({ label, text }) => `${label} ${text}.`);
  return [`Row ${row}, column ${column}: ${drawn.join('; ')}.`, judged, ...numbers]
    .filter((part) => part !== '')
    .join(' ');
}
