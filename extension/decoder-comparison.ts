import { PRECISIONS, type WeightPrecision } from '../sidecar/protocol';
import { runZiparCommand, type ZiparCommand } from './zipar-command';

export interface ComparisonStart extends Pick<ZiparCommand, 'runtime' | 'script' | 'signal'> {
  /** Arguments for `zipar eval`. */
  readonly arguments: readonly string[];
  readonly onProgress: (made: number, wanted: number) => void;
  /** Called while weights are packed, before the first picture: only if they are not stored in the requested precision. */
  readonly onPacking: (precision: WeightPrecision, fraction: number) => void;
}

/**
 * Runs `zipar eval` in a separate process. Resolves to true when its report is written, to false when it was aborted.
 * @throws ZiparCommandError
 */
export async function runComparison({ onProgress, onPacking, ...start }: ComparisonStart): Promise<boolean> {
  const output = await runZiparCommand({
    ...start,
    arguments: ['eval', ...start.arguments],
    onMessage: (message) => {
      const progress = progressFrom(message);
      if (progress) onProgress(progress.made, progress.wanted);
      const packing = packingFrom(message);
      if (packing) onPacking(packing.precision, packing.fraction);
    },
  });
  return output !== undefined;
}

/** Reads `{type: 'progress', made, wanted}`. */
export function progressFrom(message: unknown): { made: number; wanted: number } | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('type' in message) || message.type !== 'progress') return undefined;
  if (!('made' in message) || !('wanted' in message)) return undefined;
  const { made, wanted } = message;
  if (typeof made !== 'number' || typeof wanted !== 'number' || !(wanted > 0)) return undefined;
  return { made, wanted };
}

/** Reads `{type: 'packing', precision, fraction}`. */
function packingFrom(message: unknown): { precision: WeightPrecision; fraction: number } | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('type' in message) || message.type !== 'packing') return undefined;
  if (!('precision' in message) || !('fraction' in message)) return undefined;
  const { fraction } = message;
  const precision = PRECISIONS.find((known) => known === message.precision);
  if (precision === undefined || precision === 'auto') return undefined;
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) return undefined;
  return { precision, fraction };
}
