import type { Draws, Forward } from './forward';
import { chooseTokens, type Choice } from './sampling';
import type { StepInputs } from './step-inputs';

/**
 * Computes a step and chooses a token for each predicted cell. If the forward has a sampler, the device chooses. Otherwise this
 * function chooses from the logits.
 * @param step the inputs; undefined for the prompt's step, which predicts one cell
 * @throws SamplingError when the logits are no distribution
 */
export async function chooseCells(
  forward: Forward,
  step: StepInputs | undefined,
  draws: Draws,
): Promise<readonly Choice[]> {
  const choices = await chosen(forward, step, draws);
  if (choices.length !== draws.noise.length)
    throw new Error(`The model chose ${choices.length} tokens for ${draws.noise.length} cells.`);
  return choices;
}

async function chosen(
  forward: Forward,
  step: StepInputs | undefined,
  draws: Draws,
): Promise<readonly Choice[]> {
  const { sampler } = forward;
  if (sampler) return step ? sampler.step(step.inputs, step.predicting, draws) : sampler.start(draws);
  const rows = step ? await forward.step(step.inputs, step.predicting) : [await forward.start()];
  return chooseTokens(rows, draws);
}
