import { imageDecoderOf, weightBytes } from '../model/model-folder';
import { weightsDigest } from '../model/weights-digest';
import type { DrawTokensRequest } from '../protocol';
import { cpuThreads } from './cpu-threads';
import type { ModelLibrary } from './model-library';
import type { PictureWork } from './picture-costs';
import { RequestError } from './request-error';
import { sentence } from '../protocol/sentence';

/**
 * Checks that a model can draw the tokens of a run from a file, and chooses where it computes. It draws nothing.
 * @throws RequestError when the model has other weights, another grid or fewer tokens; ModelError, WeightsError
 */
export async function planDrawing(
  { model: nameOrPath, weights, grid, tokens }: DrawTokensRequest,
  library: ModelLibrary,
): Promise<Pick<PictureWork, 'folder' | 'wishes' | 'execution'>> {
  const model = await library.find(nameOrPath, { grid });
  const { codes } = imageDecoderOf(model);
  const { name } = model;
  if (tokens.length !== grid[0] * grid[1])
    throw new RequestError(sentence`${tokens.length} tokens do not fill a grid of ${grid.join('x')}.`);
  const wrong = tokens.find((token) => token >= codes);
  if (wrong !== undefined)
    throw new RequestError(sentence`Token ${wrong} is outside the 0..${codes - 1} of ${name}.`);
  if (weights !== null && weights !== (await weightsDigest(model)))
    throw new RequestError(
      sentence`${name} has other weights than those that made the run; it cannot draw its steps.`,
    );
  const threads = cpuThreads(await weightBytes(model));
  return {
    folder: model.path,
    wishes: model.wishes,
    execution: { provider: 'cpu', threads, precision: 'stored' },
  };
}
