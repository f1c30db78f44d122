import * as l10n from './l10n';
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
      ? l10n.t('No step has decided this cell yet.')
      : l10n.t('Step {0} will decide this cell.', decidedIn);
  const { token } = decision;
  if (alternatives?.kind === 'known') return withAlternatives(token, alternatives.alternatives);
  if (probability === undefined) return l10n.t('Step {0} decided on token {1}.', decidedIn ?? 0, token);
  const chance = percentText(probability);
  if (probability >= 0.5) return l10n.t('The model was {0} sure of token {1}.', chance, token);
  return l10n.t('The model was undecided: token {0} was drawn at a chance of {1}.', token, chance);
}

function withAlternatives(
  token: number,
  { likeliest, drawn, rank }: Extract<Alternatives, { kind: 'known' }>['alternatives'],
): string {
  const other = likeliest.find((each) => each.token !== token);
  const chance = percentText(drawn.probability);
  if (rank === 1 && !other) return l10n.t('The model was {0} sure of token {1}.', chance, token);
  const [next, nextChance] = [other?.token ?? 0, percentText(other?.probability ?? 0)];
  if (rank === 1)
    return l10n.t(
      'The model was {0} sure of token {1}; the next likeliest, {2}, had {3}.',
      chance,
      token,
      next,
      nextChance,
    );
  return rank === 2
    ? l10n.t(
        'Token {0} was drawn at a chance of {1}, though 1 token was likelier; {2} had {3}.',
        token,
        chance,
        next,
        nextChance,
      )
    : l10n.t(
        'Token {0} was drawn at a chance of {1}, though {2} tokens were likelier; {3} had {4}.',
        token,
        chance,
        rank - 1,
        next,
        nextChance,
      );
}

/** What a cell saw, in one or two sentences. */
export function meaningOfSight({ seen, hidden, standIns }: CellSight): string {
  const before = seen.length + hidden.length;
  if (before === 0) return l10n.t('It saw the prompt alone.');
  const sight =
    hidden.length === 0
      ? l10n.t('It saw all {0} cells before it, as in raster order.', before)
      : l10n.t(
          'It saw {0} of the {1} cells before it; the decoder did not wait for {2}.',
          seen.length,
          before,
          hidden.length,
        );
  return standIns.length > 0
    ? `${sight} ${l10n.t('A stand-in, dashed, is another token that was fed in place of the end of the row above.')}`
    : sight;
}

/** A probability as text: "78 %", "4.2 %", "0.03 %"; "under 0.01 %". */
export function percentText(probability: number): string {
  const percent = 100 * probability;
  if (percent >= 9.95) return `${Math.round(percent)} %`;
  if (percent >= 0.995) return `${l10n.decimal(percent, 1)} %`;
  if (percent >= 0.005) return `${l10n.decimal(percent, 2)} %`;
  return percent > 0 ? l10n.t('under {0} %', l10n.decimal(0.01, 2)) : '0 %';
}
