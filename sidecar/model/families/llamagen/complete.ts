import path from 'node:path';
import { parseVocabulary, type WordVocabulary } from '../../../prompt/word-vocabulary';
import type { ConditionNeed, FamilyModel, ModelSource } from '../../family';
import { completed } from '../../json-fields';
import { ModelError } from '../../model-error';
import { readModelText } from '../../model-text';
import { GENERAL_DEFAULTS } from '../../sampling-defaults';
import { findTextEncoder } from '../../t5/text-encoder-folder';
import { stemOf } from '../../weight-file-names';
import { completeTransformer, findTransformerFile } from './complete-transformer';
import { decoderFolder, findImageDecoder, findImageDecoderFor } from './find-image-decoder';
import { LlamaGenImageDecoder } from './image-decoder';
import type { LlamaGenKeys } from './manifest';
import { anyPrompt, promptOf, withEmptyHalf } from './prompt';
import { publishedDefaults, publishedGrid } from './published-models';
import { refusedCondition } from '../../refused-condition';
import { saidOf, type Said } from './said';
import { LlamaGenTransformer } from './transformer';
import { sentence } from '../../../protocol/sentence';

const NO_CONDITION: ConditionNeed = { kind: 'none' };

/** Bytes of a vocabulary at most. A usual vocabulary has 10 kB; one of 65,536 words with synonyms has 3 MB. */
const MAX_VOCABULARY_BYTES = 8 << 20;

/**
 * Fills in what a manifest leaves out. Weight files come from the folder, and the architecture from the shapes of their
 * tensors. The rest comes from the published sizes and file names.
 * @throws ModelError naming what is not determined and where to say it; WeightsError
 */
export async function complete(source: ModelSource<LlamaGenKeys>): Promise<FamilyModel> {
  const said = saidOf(source);
  const weights = await findTransformerFile(source, said);
  return weights === undefined ? imageDecoderOnly(source, said) : withTransformer(source, said, weights);
}

async function withTransformer(
  source: ModelSource<LlamaGenKeys>,
  said: Said,
  weights: string,
): Promise<FamilyModel> {
  const { folder } = source;
  const { transformer, condition, grid } = await completeTransformer(source, said, weights);
  const { vq, problem } = await findImageDecoderFor(source, said, { vocab: transformer.vocab, condition });
  const defaults = completed(source.said.defaults, {
    ...GENERAL_DEFAULTS,
    ...publishedDefaults(transformer, condition),
  });
  if (defaults.window !== undefined && defaults.window > grid[1] && !source.requestedGrid) {
    throw new ModelError(
      sentence`${folder}: "defaults.window" must be an integer from 1 to ${grid[1]}, the width of the grid; it is ${defaults.window}.`,
    );
  }
  const stem = stemOf(weights);
  const name = source.said.name ?? (publishedGrid(stem) ? stem : source.fallbackName);
  const vocabulary = await readVocabulary(folder, condition);
  const textEncoder = await findTextEncoder(folder, condition);
  const prompts = { name, vocabulary, textEncoder, folder, condition, weights };
  const [height, width] = grid;
  return {
    ...{ name, grid, condition, defaults, vocabulary, textEncoder },
    transformer: new LlamaGenTransformer(transformer, condition, { height, width }, vocabulary?.words.length),
    imageDecoder: vq && new LlamaGenImageDecoder(decoderFolder(source), vq),
    noPicture: problem,
    encodePrompt: (request) => promptOf(prompts, request),
    anyPrompt: () => anyPrompt(prompts),
    promptOfCaption: (caption) => withEmptyHalf(prompts, caption),
  };
}

async function imageDecoderOnly(source: ModelSource<LlamaGenKeys>, said: Said): Promise<FamilyModel> {
  const { folder } = source;
  const vq = await findImageDecoder(source, said, undefined);
  const grid = source.requestedGrid ?? source.said.grid;
  if (!grid) {
    throw new ModelError(
      sentence`${path.join(decoderFolder(source), vq.weights)} draws tokens of any grid: say which with --grid ROWSxCOLUMNS, or ${source.manifestHint('"grid": [16, 16]')}.`,
    );
  }
  const name = source.said.name ?? source.fallbackName;
  const condition: ConditionNeed = said.condition ?? NO_CONDITION;
  const model = { name, folder, condition: NO_CONDITION };
  return {
    ...{ name, grid, condition },
    defaults: completed(source.said.defaults, GENERAL_DEFAULTS),
    transformer: undefined,
    imageDecoder: new LlamaGenImageDecoder(decoderFolder(source), vq),
    noPicture: undefined,
    vocabulary: await readVocabulary(folder, condition),
    textEncoder: await findTextEncoder(folder, condition),
    encodePrompt: (request) => Promise.reject(refusedCondition(model, request.condition)),
    anyPrompt: () => anyPrompt({ ...model, weights: vq.weights }),
  };
}

async function readVocabulary(folder: string, condition: ConditionNeed): Promise<WordVocabulary | undefined> {
  if (condition.kind !== 'words') return undefined;
  const file = path.join(folder, condition.vocabulary);
  return parseVocabulary(await readModelText(file, MAX_VOCABULARY_BYTES), file);
}
