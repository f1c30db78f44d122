import type { CellSight } from '../sidecar/trace-file/cell-sight';
import type { Alternatives } from './insights';
import type { CellView } from './step-view';

/**
 * A cell's decision in one plain sentence: "The model was 78 % sure of token 312; the next likeliest, 610, had 14 %."
 * @param probability of the drawn token, as the run recorded it; undefined where it did not
 */
export function meaningOfCell(
  { decision, decidedIn }: CellView,
  probability: number | undefined,
  alternatives: Alternatives | undefined,
): string {
  if (!decision)
    return decidedIn === undefined
      ? 'No step has decided this cell yet.'
      : `Step ${decidedIn} will decide this cell.`;
  const { token } = decision;
  if (alternatives?.kind === 'known') return withAlternatives(token, alternatives.alternatives);
  if (probability === undefined) return `Step ${decidedIn ?? 0} decided on token ${token}.`;
  if (probability >= 0.5) return `The model was ${percentText(probability)} sure of token ${token}.`;
  return `The model was undecided: token ${token} was drawn at a chance of ${percentText(probability)}.`;
}

function withAlternatives(
  token: number,
  { likeliest, drawn, rank }: Extract<Alternatives, { kind: 'known' }>['alternatives'],
): string {
  const other = likeliest.find((each) => each.token !== token);
  if (rank === 1)
    return `The model was ${percentText(drawn.probability)} sure of token ${token}${other ? `; the next likeliest, ${other.token}, had ${percentText(other.probability)}` : ''}.`;
  return `Token ${token} was drawn at a chance of ${percentText(drawn.probability)}, though ${rank - 1 === 1 ? '1 token was' : `${rank - 1} tokens were`} likelier; ${other?.token ?? 0} had ${percentText(other?.probability ?? 0)}.`;
}

/** What a cell saw, in one or two sentences. */
export function meaningOfSight({ seen, hidden, standIns }: CellSight): string {
  const before = seen.length + hidden.length;
  if (before === 0) return 'It saw the prompt alone.';
  const sight =
    hidden.length === 0
      ? `It saw all ${before} cells before it, as in raster order.`
      : `It saw ${seen.length} of the ${before} cells before it; the decoder did not wait for ${hidden.length}.`;
  return standIns.length > 0
    ? `${sight} A stand-in, dashed, took the place of the end of the row above.`
    : sight;
}

/** A probability as text: "78 %", "4.2 %", "0.03 %"; "under 0.01 %". */
export function percentText(probability: number): string {
  const percent = 100 * probability;
  if (percent >= 9.95) return `${Math.round(percent)} %`;
  if (percent >= 0.995) return `${percent.toFixed(1)} %`;
  return percent >= 0.005 ? `${percent.toFixed(2)} %` : percent > 0 ? 'under 0.01 %' : '0 %';
}
