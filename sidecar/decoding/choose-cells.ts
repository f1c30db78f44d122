import type { Draws, Forward } from './forward';
import { chooseTokens, type Choice } from './sampling';
import type { TokenInput } from './token-input';

/** The inputs of a pass. */
export interface PassInputs {
  readonly inputs: readonly TokenInput[];
  /** Indices into `inputs`, one for each cell that is predicted. */
  readonly predicting: readonly number[];
}

/**
 * Runs a pass and chooses a token for each predicted cell: on the device where the forward draws by itself, else here.
 * @param pass undefined: the prompt's pass, which predicts one cell
 * @throws SamplingError
 */
export async function chooseCells(
  forward: Forward,
  pass: PassInputs | undefined,
  draws: Draws,
): Promise<readonly Choice[]> {
  const choices = await chosen(forward, pass, draws);
  if (choices.length !== draws.noise.length)
    throw new Error(`The model chose ${choices.length} tokens for ${draws.noise.length} cells.`);
  return choices;
}

async function chosen(
  forward: Forward,
  pass: PassInputs | undefined,
  draws: Draws,
): Promise<readonly Choice[]> {
  const { sampler } = forward;
  if (sampler) return pass ? sampler.step(pass.inputs, pass.predicting, draws) : sampler.start(draws);
  const rows = pass ? await forward.step(pass.inputs, pass.predicting) : [await forward.start()];
  return chooseTokens(rows, draws);
}
