import { l10n } from 'vscode';
import type { WeightPrecision } from '../sidecar/protocol';

/** Text that says how much is packed. @param fraction share of the packed weights that is written, 0..1 */
export function packingText(precision: WeightPrecision, fraction: number): string {
  const percent = Math.floor(100 * fraction);
  switch (precision) {
    case 'int4':
      return l10n.t('packing weights to 4 bits: {0} %', percent);
    case 'int8':
      return l10n.t('packing weights to 8 bits: {0} %', percent);
    case 'float16':
      return l10n.t('packing weights to float16: {0} %', percent);
    case 'stored':
      return l10n.t('loading the model…');
  }
}
