import path from 'node:path';
import { PromptError } from '../../prompt/word-vocabulary';
import type { FamilyModel, ModelSource, WeightFileContent } from '../family';
import { completed } from '../json-fields';
import { ModelError } from '../model-error';
import { GENERAL_DEFAULTS } from '../sampling-defaults';
import { decoderPart } from './decoder-part';
import { inferDecoderShape } from './decoder-shape';
import { sentence } from '../../protocol/sentence';

/**
 * The model that is an image decoder only: it draws tokens, and generates none.
 * @throws ModelError when the grid is not known
 */
export function decoderOnlyModel(source: ModelSource, { name, shapes }: WeightFileContent): FamilyModel {
  const { folder, said, fallbackName } = source;
  const shape = inferDecoderShape(shapes);
  if (!shape) throw new ModelError(sentence`${path.join(folder, name)} holds no image decoder.`);
  const grid = source.requestedGrid ?? said.grid;
  if (!grid)
    throw new ModelError(
      sentence`${path.join(folder, name)} draws tokens of any grid: say which with --grid ROWSxCOLUMNS, or ${source.manifestHint('"grid": [16, 16]')}.`,
    );
  return {
    name: said.name ?? fallbackName,
    grid,
    condition: { kind: 'none' },
    defaults: completed(said.defaults, GENERAL_DEFAULTS),
    transformer: undefined,
    imageDecoder: decoderPart({ folder, weights: name }, shape),
    noPicture: undefined,
    encodePrompt: () => Promise.reject(noPrompt(path.join(folder, name))),
    anyPrompt: () => Promise.reject(noPrompt(path.join(folder, name))),
  };
}

function noPrompt(file: string): PromptError {
  return new PromptError(
    sentence`${file} is an image decoder, so it takes no prompt; choose the model that it belongs to.`,
  );
}
