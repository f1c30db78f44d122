import type { ExecutionOptions } from '../model/inference-session';
import type { ModelFolder } from '../model/model-folder';
import { PassCost, type PassSize } from './pass-cost';

/**
 * Bytes that a step in the middle of a picture has to read however few tokens it has: the weights as they are computed with, and
 * the keys and values that are there, of both halves where there is guidance.
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

/** A step of so many tokens as it is timed: when half of the picture is there, with all of them predicting. */
export function midPictureStep(
  { manifest: { grid } }: ModelFolder,
  { prefix }: PassCost,
  tokens: number,
): PassSize {
  const [height, width] = grid;
  return {
    fed: tokens,
    predicting: tokens,
    there: prefix + Math.max(tokens, Math.ceil((height * width) / 2)),
  };
}
