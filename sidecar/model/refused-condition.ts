import { PromptError } from '../prompt/word-vocabulary';
import type { Condition } from '../protocol';
import type { ConditionNeed, FamilyModel } from './family';
import { sentence, type Said } from '../protocol/sentence';

/**
 * The error for a condition of another kind than the model takes.
 * @param remedy a sentence with a space before it; '' for none
 */
export function refusedCondition(
  model: Pick<FamilyModel, 'name' | 'condition'> & { readonly folder: string },
  given: Condition,
  remedy: Said = '',
): PromptError {
  const { name, folder, condition } = model;
  return new PromptError(
    sentence`${name} (${folder}) takes ${NEEDED[condition.kind]}, not a ${given.kind}.${remedy}`,
  );
}

const NEEDED: Readonly<Record<ConditionNeed['kind'], Said>> = {
  none: sentence`no condition and cannot generate`,
  class: sentence`a class (--class N)`,
  'caption-embedding': sentence`a caption-embedding file (--caption FILE.safetensors)`,
  words: sentence`a prompt in words`,
  text: sentence`a prompt`,
};
