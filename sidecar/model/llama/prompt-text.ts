import { PromptError } from '../../prompt/word-vocabulary';
import type { FamilyModel, PromptRequest } from '../family';
import { refusedCondition } from '../refused-condition';
import { sentence } from '../../protocol/sentence';

/** Characters of a prompt at most. */
const MAX_PROMPT_LENGTH = 10_000;

/**
 * The text of a prompt with its suffix, for a model that reads text of any kind.
 * @throws PromptError when the request has no prompt, or a prompt is empty or too long
 */
export function promptText(
  model: Pick<FamilyModel, 'name' | 'condition'> & { readonly folder: string },
  { condition, suffix, negative }: PromptRequest,
): string {
  if (condition.kind !== 'prompt' || model.condition.kind !== 'text')
    throw refusedCondition(model, condition);
  if (condition.prompt.trim() === '')
    throw new PromptError(sentence`The prompt is empty; say what the picture shall show.`);
  const text = condition.prompt + (suffix ?? model.condition.suffix ?? '');
  for (const [what, part] of [
    [sentence`prompt`, text] as const,
    [sentence`negative prompt`, negative ?? ''] as const,
  ]) {
    if (part.length > MAX_PROMPT_LENGTH)
      throw new PromptError(
        sentence`The ${what} has ${part.length} characters; shorten it to ${MAX_PROMPT_LENGTH} at most.`,
      );
  }
  return text;
}
