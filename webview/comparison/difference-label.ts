import { LIKELIHOOD, LOG_PROBABILITY, type CellDifferences } from '../../sidecar/comparison/cell-differences';
import * as l10n from '../l10n';

/** The name of a difference by cell in the user's language. */
export function differenceLabel({ name, label }: Pick<CellDifferences, 'name' | 'label'>): string {
  if (name === LIKELIHOOD) return l10n.t('Likelihood in raster order');
  return name === LOG_PROBABILITY ? l10n.t('Log-probability') : l10n.t(label);
}
