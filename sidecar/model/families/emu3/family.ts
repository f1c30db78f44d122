import path from 'node:path';
import type { EncodedPrompt, FamilyModel, ModelFamily, ModelSource, Prompt } from '../../family';
import { findDecoderNaming, type DecoderNaming } from '../../image-decoder/decoder-naming';
import { decoderOnlyModel } from '../../image-decoder/decoder-only-model';
import { findDecoder } from '../../image-decoder/find-decoder';
import { completed, type Fields } from '../../json-fields';
import { inferLlama } from '../../llama/llama-shape';
import { checkPromptTokens } from '../../llama/prompt-limits';
import { ANY_PROMPT, promptText } from '../../llama/prompt-text';
import {
  parsePublishedKeys,
  readConfig,
  weightFileOf,
  type PublishedKeys,
} from '../../llama/published-folder';
import { ModelError } from '../../model-error';
import type { SamplingDefaults } from '../../sampling-defaults';
import { promptTokenizerIn } from '../../tokenizer/open-prompt-tokenizer';
import type { PromptTokenizer } from '../../tokenizer/prompt-tokenizer';
import { imageIds } from './image-ids';
import { emu3Names, isEmu3Config } from './names';
import { emu3Prompt, NEGATIVE, SUFFIX } from './prompt';
import { proofModel } from './proof-model';
import { publishedGrids } from './published-grids';
import { Emu3Transformer } from './transformer';

/** Sampling of the published example. Guidance on log-softmax, as there, gives the same probabilities as on logits. */
const DEFAULTS: SamplingDefaults = { guidance: 3, temperature: 1, topK: 2048, topP: 1, window: undefined };
const LLAMA_DEFAULTS = { normEps: 1e-5, ropeBase: 1e6 };
const NAMINGS: readonly DecoderNaming[] = ['emu3', 'emu3-converted'];
/** Where the image decoder may lie, from the model's folder. It is published apart. */
const DECODER_FOLDERS = [
  '.',
  'Emu3-VisionTokenizer',
  '../Emu3-VisionTokenizer',
  '../BAAI--Emu3-VisionTokenizer',
];

/** Emu3-Gen of BAAI, as released and as converted by Hugging Face. */
export const EMU3: ModelFamily<PublishedKeys> = {
  name: 'emu3',
  title: 'Emu3-Gen',
  recognise: ({ shapes, config }) => {
    if (emu3Names(shapes) && isEmu3Config(config)) return 'transformer';
    const naming = findDecoderNaming(shapes);
    return naming && NAMINGS.includes(naming) ? 'image decoder' : undefined;
  },
  parseKeys: parsePublishedKeys,
  complete,
  proofModel,
};

async function complete(source: ModelSource<PublishedKeys>): Promise<FamilyModel> {
  const file = await weightFileOf(source, EMU3);
  const names = emu3Names(file.shapes);
  if (!names || file.holds !== 'transformer') return decoderOnlyModel(source, file);
  const { folder, said, requestedGrid } = source;
  const name = said.name ?? source.fallbackName;
  const config = await readConfig(folder);
  const language = config.optional('text_config', (fields) => fields) ?? config;
  const shape = inferLlama(file.shapes, names.prefix, language, LLAMA_DEFAULTS);
  const tokenizer = promptTokenizerIn([folder], shape.vocab);
  const ids = imageIds(vocabularyOf(config, folder, shape.vocab) ?? (await tokenizer()));
  if (ids.first + ids.codes > shape.vocab)
    throw new ModelError(
      `${folder}: the tokenizer has visual tokens up to ${ids.first + ids.codes - 1} where the model has ${shape.vocab} tokens; download the files of one model.`,
    );
  const area = config.present('image_area', (field) => config.integer(field, 1, 1 << 30));
  const trainedGrids = publishedGrids(area);
  const [square = [90, 90]] = trainedGrids;
  const grid = requestedGrid ?? said.grid ?? square;
  const [height, width] = grid;
  const transformer = new Emu3Transformer(file.name, names, shape, ids, { height, width }, folder);
  const decoder = await findDecoder({
    folders: DECODER_FOLDERS.map((place) => path.join(folder, place)),
    named: source.requestedImageDecoder,
    namings: NAMINGS,
    codes: ids.codes,
    remedy:
      'download huggingface.co/BAAI/Emu3-VisionTokenizer into the folder Emu3-VisionTokenizer in or beside it, or name its folder (--image-decoder DIR)',
  });
  const model = {
    ...{ name, grid, trainedGrids },
    condition: { kind: 'text', suffix: SUFFIX, negative: NEGATIVE },
    defaults: completed(said.defaults, DEFAULTS),
    transformer,
    ...decoder,
  } as const;
  const promptOf = async (text: string, negative: string): Promise<Prompt> =>
    emu3Prompt(text, negative, { height, width }, await tokenizer());
  return {
    ...model,
    encodePrompt: async (request): Promise<EncodedPrompt<Prompt>> => {
      const text = promptText({ ...model, folder }, request);
      const prompt = await promptOf(text, request.negative ?? NEGATIVE);
      const { conditional, unconditional } = prompt;
      const tokens = Math.max(conditional.padded.length, unconditional.padded.length);
      checkPromptTokens(tokens, transformer.layout, transformer.positions);
      return { input: prompt, notices: [] };
    },
    anyPrompt: () => promptOf(ANY_PROMPT + SUFFIX, NEGATIVE),
  };
}

/** The ids of tokens by name, which a converted config has; undefined where only the tokenizer knows them. */
function vocabularyOf(
  config: Fields,
  folder: string,
  vocab: number,
): Pick<PromptTokenizer, 'file' | 'idOf'> | undefined {
  return config.optional('vocabulary_map', (names) => ({
    file: path.join(folder, 'config.json'),
    idOf: (token: string) => names.present(token, (field) => names.integer(field, 0, vocab - 1)),
  }));
}
