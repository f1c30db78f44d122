import {
  chooseDecoding,
  configureDecoder,
  DecoderError,
  type DecodingContext,
} from '../decoding/decoder-table';
import type { DecodingChoice, DecodingCost } from '../protocol';

export { describeDecoders } from '../decoding/decoder-table';

/**
 * The number of steps of each choice, counted without decoding. For a choice that is not possible, it is the problem instead.
 */
export function decodingCosts(
  choices: readonly DecodingChoice[],
  context: DecodingContext,
): readonly DecodingCost[] {
  return choices.map(({ decoder, settings }): DecodingCost => {
    try {
      const { least, most } = configureDecoder(chooseDecoding(decoder, settings, context)).steps(
        context.grid,
      );
      return { kind: 'steps', least, most };
    } catch (error) {
      if (error instanceof DecoderError) return { kind: 'problem', problem: error.sentence };
      throw error;
    }
  });
}
