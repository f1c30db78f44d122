import type { DecoderName } from '../protocol';
import { EvaluationError } from './evaluation-error';

/** A decoder with its window: one row of the table. */
export interface EvaluatedDecoder {
  readonly decoder: DecoderName;
  /** Minimum window of an adaptive decoder; undefined for raster order. */
  readonly window: number | undefined;
}

export const RASTER: EvaluatedDecoder = { decoder: 'raster', window: undefined };

/** "raster", "zipar 4" or "zipar-adaptive 4". */
export function decoderLabel({ decoder, window }: EvaluatedDecoder): string {
  return window === undefined ? decoder : `${decoder} ${window}`;
}

/**
 * Reads a list such as `zipar:8,4,2 zipar-adaptive:4,2`: names of decoders, each with its windows. Raster order comes first
 * even when the list does not name it, because all other decoders are compared with it.
 * @param width width of the token grid, the largest window
 * @throws EvaluationError
 */
export function parseDecoders(text: string, width: number): readonly EvaluatedDecoder[] {
  const found: EvaluatedDecoder[] = [RASTER];
  for (const part of text.split(/\s+/).filter((piece) => piece !== '')) {
    const match = /^(raster|zipar|zipar-adaptive)(?::(\d+(?:,\d+)*))?$/.exec(part);
    const decoder = match?.[1] as DecoderName | undefined;
    if (!decoder || (decoder === 'raster') !== (match?.[2] === undefined)) {
      throw new EvaluationError(
        `"${part}" names no decoders; give such as: --decoders "zipar:8,4,2 zipar-adaptive:4,2".`,
      );
    }
    for (const window of (match?.[2] ?? '')
      .split(',')
      .filter((digits) => digits !== '')
      .map(Number)) {
      if (window < 1 || window > width)
        throw new EvaluationError(
          `Window ${window} in "${part}" is outside 1..${width}, the width of the token grid.`,
        );
      found.push({ decoder, window });
    }
  }
  const seen = new Set<string>();
  return found.filter((each) => seen.size !== seen.add(decoderLabel(each)).size);
}
