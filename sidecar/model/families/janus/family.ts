import type { FamilyModel, ModelFamily, ModelSource, PublishedFiles } from '../../family';
import { decoderOnlyModel } from '../../image-decoder/decoder-only-model';
import { holdsDecoder, type DecoderNaming } from '../../image-decoder/decoder-naming';
import { findDecoder } from '../../image-decoder/find-decoder';
import { completed, type Fields } from '../../json-fields';
import { inferLlama } from '../../llama/llama-shape';
import { promptedModel } from '../../llama/prompted-model';
import {
  parsePublishedKeys,
  readConfig,
  readOptional,
  weightFileOf,
  type PublishedKeys,
} from '../../llama/published-folder';
import { ModelError } from '../../model-error';
import type { SamplingDefaults } from '../../sampling-defaults';
import { promptTokenizerIn } from '../../tokenizer/open-prompt-tokenizer';
import { janusNames } from './names';
import { janusPrompt } from './prompt';
import { inferImageShape, JanusTransformer } from './transformer';
import { sentence } from '../../../protocol/sentence';

/** Sampling of `generation_inference.py`. */
const DEFAULTS: SamplingDefaults = { guidance: 5, temperature: 1, topK: 0, topP: 1, window: undefined };
/** What Llama's config means where Janus's is silent. */
const LLAMA_DEFAULTS = { normEps: 1e-6, ropeBase: 1e4 };
const NAMINGS: readonly DecoderNaming[] = ['janus', 'janus-converted'];

const REPOSITORIES: PublishedFiles['repositories'] = [
  { id: 'deepseek-ai/Janus-Pro-1B', holds: 'prompts, 384 x 384 pixels; the smallest of these models' },
  { id: 'deepseek-ai/Janus-Pro-7B', holds: 'prompts, 384 x 384 pixels' },
  {
    id: 'FreedomIntelligence/Janus-4o-7B',
    holds: 'prompts, 384 x 384 pixels; Janus-Pro-7B, trained further',
  },
];

/** Janus-Pro of DeepSeek, as released and as converted by Hugging Face; models tuned from it, too. */
export const JANUS: ModelFamily<PublishedKeys> = {
  name: 'janus',
  title: 'Janus-Pro',
  recognise: ({ shapes }) => {
    if (janusNames(shapes)) return 'transformer';
    return holdsDecoder(shapes, NAMINGS) ? 'image decoder' : undefined;
  },
  parseKeys: parsePublishedKeys,
  complete,
  published: { repositories: REPOSITORIES },
};

async function complete(source: ModelSource<PublishedKeys>): Promise<FamilyModel> {
  const file = await weightFileOf(source, JANUS);
  const names = janusNames(file.shapes);
  if (!names) return decoderOnlyModel(source, file);
  const { folder, said, requestedGrid } = source;
  const name = said.name ?? source.fallbackName;
  const config = await readConfig(folder);
  const language =
    config.optional('language_config', (fields) => fields) ??
    config.optional('text_config', (fields) => fields);
  if (!language)
    throw config.error('language_config', sentence`must describe the language model, or "text_config" must`);
  const shape = inferLlama(file.shapes, names.language, language, LLAMA_DEFAULTS);
  const image = inferImageShape(file.shapes, names);
  const published = said.grid ?? (await publishedGrid(folder, config));
  const grid = requestedGrid ?? published;
  if (!grid)
    throw new ModelError(
      sentence`${folder} does not say how many tokens a picture has: say its grid with --grid ROWSxCOLUMNS, or ${source.manifestHint('"grid": [24, 24]')}.`,
    );
  const [height, width] = grid;
  const transformer = new JanusTransformer(file.name, names, shape, image, { height, width }, folder);
  const decoder = await findDecoder({
    folders: [folder],
    named: source.requestedImageDecoder,
    namings: NAMINGS,
    codes: image.codes,
    remedy: sentence`download all of the model into that folder, or name the folder of its image decoder (--image-decoder DIR)`,
  });
  const tokenizer = promptTokenizerIn([folder], shape.vocab);
  return promptedModel(
    {
      ...{ name, grid, ...(published && { trainedGrids: [published] }) },
      condition: { kind: 'text', suffix: '', negative: undefined },
      defaults: completed(said.defaults, DEFAULTS),
      transformer,
      ...decoder,
    },
    folder,
    async (text) => janusPrompt(text, await tokenizer()),
  );
}

/** The square grid of as many tokens as the model's pictures have. */
async function publishedGrid(folder: string, config: Fields): Promise<readonly [number, number] | undefined> {
  const processor = await readOptional(folder, 'processor_config.json');
  const tokens = (fields: Fields): number | undefined =>
    fields.present('num_image_tokens', (field) => fields.integer(field, 1, 1 << 20));
  const count = (processor && tokens(processor)) ?? config.optional('vision_config', tokens);
  const side = Math.sqrt(count ?? NaN);
  return Number.isInteger(side) ? [side, side] : undefined;
}
