import path from 'node:path';
import type { FamilyModel, ModelFamily, ModelSource, PublishedFiles } from '../../family';
import { holdsDecoder, type DecoderNaming } from '../../image-decoder/decoder-naming';
import { decoderOnlyModel } from '../../image-decoder/decoder-only-model';
import { findDecoder } from '../../image-decoder/find-decoder';
import { completed } from '../../json-fields';
import { inferLlama, outputLayerOf } from '../../llama/llama-shape';
import { idsInConfig, pictureIds } from '../../llama/picture-ids';
import { promptedModel } from '../../llama/prompted-model';
import {
  parsePublishedKeys,
  readConfig,
  weightFileOf,
  type PublishedKeys,
} from '../../llama/published-folder';
import { SharedVocabularyTransformer } from '../../llama/shared-vocabulary-transformer';
import type { SamplingDefaults } from '../../sampling-defaults';
import { promptTokenizerIn } from '../../tokenizer/open-prompt-tokenizer';
import { emu3Names, isEmu3Config } from './names';
import { PICTURE_TOKENS } from './picture-tokens';
import { emu3Prompt, NEGATIVE, SUFFIX } from './prompt';
import { proofModel } from './proof-model';
import { publishedGrids } from './published-grids';
import { sentence } from '../../../protocol/sentence';

/** Sampling of the published example. Guidance on log-softmax, as there, gives the same probabilities as on logits. */
const DEFAULTS: SamplingDefaults = { guidance: 3, temperature: 1, topK: 2048, topP: 1, window: undefined };
const LLAMA_DEFAULTS = { normEps: 1e-5, ropeBase: 1e6 };
/** Tokens of a prompt, for estimates of memory: those of the published negative prompt. */
const USUAL_PROMPT_LENGTH = 60;
const NAMINGS: readonly DecoderNaming[] = ['emu3', 'emu3-converted'];
/** Where the image decoder may lie, from the model's folder. It is published apart. */
const DECODER_FOLDERS = [
  '.',
  'Emu3-VisionTokenizer',
  '../Emu3-VisionTokenizer',
  '../BAAI--Emu3-VisionTokenizer',
];

const REPOSITORIES: PublishedFiles['repositories'] = [
  { id: 'BAAI/Emu3-Gen', holds: 'prompts, 720 x 720 pixels; the image decoder is Emu3-VisionTokenizer' },
  { id: 'BAAI/Emu3-Gen-hf', holds: 'prompts, 720 x 720 pixels; with the image decoder' },
  { id: 'BAAI/Emu3-VisionTokenizer', holds: 'the image decoder of Emu3-Gen' },
];

/** Emu3-Gen of BAAI, as released and as converted by Hugging Face. */
export const EMU3: ModelFamily<PublishedKeys> = {
  name: 'emu3',
  title: 'Emu3-Gen',
  recognise: ({ shapes, config }) => {
    if (emu3Names(shapes) && isEmu3Config(config)) return 'transformer';
    return holdsDecoder(shapes, NAMINGS) ? 'image decoder' : undefined;
  },
  parseKeys: parsePublishedKeys,
  complete,
  published: { repositories: REPOSITORIES },
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
  const head = outputLayerOf(file.shapes, names, [language, config]);
  const tokenizer = promptTokenizerIn([folder], shape.vocab);
  const vocabulary = idsInConfig(config, folder, shape.vocab) ?? (await tokenizer());
  const ids = pictureIds(vocabulary, PICTURE_TOKENS, EMU3.title);
  const area = config.present('image_area', (field) => config.integer(field, 1, 1 << 30));
  const trainedGrids = publishedGrids(area);
  const [square = [90, 90]] = trainedGrids;
  const grid = requestedGrid ?? said.grid ?? square;
  const [height, width] = grid;
  const transformer = new SharedVocabularyTransformer(
    { weights: file.name, prefix: names.prefix, head, shape, ids, usualPromptLength: USUAL_PROMPT_LENGTH },
    { height, width },
    folder,
  );
  const decoder = await findDecoder({
    folders: DECODER_FOLDERS.map((place) => path.join(folder, place)),
    named: source.requestedImageDecoder,
    namings: NAMINGS,
    codes: ids.codes,
    remedy: sentence`download huggingface.co/BAAI/Emu3-VisionTokenizer into the folder Emu3-VisionTokenizer in or beside it, or name its folder (--image-decoder DIR)`,
  });
  return promptedModel(
    {
      ...{ name, grid, trainedGrids },
      condition: { kind: 'text', suffix: SUFFIX, negative: NEGATIVE },
      defaults: completed(said.defaults, DEFAULTS),
      transformer,
      ...decoder,
    },
    folder,
    async (text, negative) => emu3Prompt(text, negative, { height, width }, await tokenizer()),
  );
}
