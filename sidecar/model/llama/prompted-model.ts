import type { SequenceLayout } from '../../decoding/sequence-layout';
import type { ConditionNeed, FamilyModel, Prompt, TransformerPart } from '../family';
import { checkPromptTokens } from './prompt-limits';
import { promptText } from './prompt-text';

/** A prompt whose content does not matter, to measure times. */
const ANY_PROMPT = 'A red house on a green hill';

/** A transformer with a limited number of positions for prompt and picture together. */
interface LimitedTransformer extends TransformerPart {
  readonly layout: SequenceLayout;
  readonly positions: number;
}

/** A model that reads text of any kind, without the part that makes prompts. */
export interface UnpromptedModel extends Omit<FamilyModel, 'encodePrompt' | 'anyPrompt'> {
  readonly condition: Extract<ConditionNeed, { readonly kind: 'text' }>;
  readonly transformer: LimitedTransformer;
}

/**
 * The model with its prompts.
 * @param folder of the model, for messages
 * @param promptOf makes both halves from the text with its suffix, and from the text of the unconditional half: '' where that
 *   half is fixed
 */
export function promptedModel(
  model: UnpromptedModel,
  folder: string,
  promptOf: (text: string, negative: string) => Promise<Prompt>,
): FamilyModel {
  const { condition, transformer } = model;
  const { suffix = '', negative: usualNegative = '' } = condition;
  return {
    ...model,
    encodePrompt: async (request) => {
      const text = promptText({ ...model, folder }, request);
      const prompt = await promptOf(text, request.negative ?? usualNegative);
      const tokens = Math.max(prompt.conditional.padded.length, prompt.unconditional.padded.length);
      checkPromptTokens(tokens, transformer.layout, transformer.positions);
      return { input: prompt, notices: [] };
    },
    anyPrompt: () => promptOf(ANY_PROMPT + suffix, usualNegative),
  };
}
