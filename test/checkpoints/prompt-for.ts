import { encodeCondition } from '../../sidecar/engine/run-plan';
import type { Prompt } from '../../sidecar/model/family';
import { readModelFolder } from '../../sidecar/model/model-folder';
import type { Condition } from '../../sidecar/protocol';

/** The prompt that a model takes for a condition. */
export async function promptFor(model: string, condition: Condition): Promise<Prompt> {
  const { input } = await encodeCondition(condition, await readModelFolder(model));
  if (input.kind !== 'prompt') throw new Error('The condition needs a text encoder.');
  return input;
}
