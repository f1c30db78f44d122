import type { ModelFolder } from '../model/model-folder';
import { PassCost, type PassSize } from './pass-cost';
import type { ExecutionOptions } from '../runtime/runtime';

/**
 * Bytes that a step in the middle of a picture must read, even if it has only one token. These are the weights in their
 * computing precision, and the keys and values so far. With guidance, the keys and values of both halves count.
 * @throws ModelError, WeightsError
 */
export async function bytesAStep(
  model: ModelFolder,
  execution: ExecutionOptions,
  guidance: number,
): Promise<number> {
  const cost = await PassCost.of(model, execution, guidance);
  return cost.bytes(midPictureStep(model, cost, 1));
}

/**
 * The size of a timed step: half of the picture is there, and all of the step's tokens predict.
 * @param tokens number of tokens in the step
 */
export function midPictureStep(
  { grid, transformer }: ModelFolder,
  { prefix }: PassCost,
  tokens: number,
): PassSize {
  const [height, width] = grid;
  return {
    fed: tokens,
    predicting: tokens,
    there: prefix + Math.max(tokens, Math.ceil((transformer?.layout.length ?? height * width) / 2)),
  };
}
