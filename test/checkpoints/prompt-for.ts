import { encodeCondition } from '../../sidecar/engine/run-plan';
import type { Prompt } from '../../sidecar/model/family';
import { readModelFolder, type ModelWishes } from '../../sidecar/model/model-folder';
import type { Condition, GenerateRequest } from '../../sidecar/protocol';

/** The prompt that a model takes for a condition. */
export async function promptFor(
  model: string,
  condition: Condition,
  wishes: ModelWishes = {},
  parts: Pick<GenerateRequest, 'suffix' | 'negative'> = {},
): Promise<Prompt> {
  const { input } = await encodeCondition({ condition, ...parts }, await readModelFolder(model, wishes));
  if (input.kind !== 'prompt') throw new Error('The condition needs a text encoder.');
  return input;
}
