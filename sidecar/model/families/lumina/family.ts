import path from 'node:path';
import type { FamilyModel, ModelFamily, ModelSource, PublishedFiles } from '../../family';
import { holdsDecoder, type DecoderNaming } from '../../image-decoder/decoder-naming';
import { decoderOnlyModel } from '../../image-decoder/decoder-only-model';
import { findDecoder } from '../../image-decoder/find-decoder';
import { completed } from '../../json-fields';
import type { HeadNormRows } from '../../llama/llama-layers';
import { inferLlama, outputLayerOf, type LlamaShape } from '../../llama/llama-shape';
import { idsInConfig, pictureIds } from '../../llama/picture-ids';
import { promptedModel } from '../../llama/prompted-model';
import {
  parsePublishedKeys,
  readConfig,
  weightFileOf,
  type PublishedKeys,
} from '../../llama/published-folder';
import { SharedVocabularyTransformer } from '../../llama/shared-vocabulary-transformer';
import { ModelError } from '../../model-error';
import type { SamplingDefaults } from '../../sampling-defaults';
import type { TensorShapes } from '../../tensor-shapes';
import { promptTokenizerIn } from '../../tokenizer/open-prompt-tokenizer';
import { PICTURE_TOKENS } from './picture-tokens';
import { luminaPrompt, TOKENS_A_UNIT } from './prompt';
import { publishedGrids, publishedSize } from './published-grids';
import { sentence } from '../../../protocol/sentence';

/** Sampling of the published demos. */
const DEFAULTS: SamplingDefaults = { guidance: 4, temperature: 1, topK: 2000, topP: 1, window: undefined };
const LLAMA_DEFAULTS = { normEps: 1e-5, ropeBase: 1e4 };
/** Tokens of a prompt, for estimates of memory. */
const USUAL_PROMPT_LENGTH = 100;
/** The tensors of Chameleon, after PyTorch's wrappers are taken off. */
const NAMES = { prefix: '', head: 'lm_head.weight' } as const;
const NAMINGS: readonly DecoderNaming[] = ['chameleon'];
/** Where the authors' code expects the image decoder, from the model's folder. */
const DECODER_FOLDERS = ['.', 'chameleon/tokenizer', '../chameleon/tokenizer'];

const REPOSITORIES: PublishedFiles['repositories'] = [
  {
    id: 'Alpha-VLLM/Lumina-mGPT-7B-512',
    holds: 'prompts, 512 x 512 pixels; the image decoder is Chameleon’s',
  },
  {
    id: 'Alpha-VLLM/Lumina-mGPT-7B-768',
    holds: 'prompts, 768 x 768 pixels; the image decoder is Chameleon’s',
  },
  {
    id: 'Alpha-VLLM/Lumina-mGPT-7B-1024',
    holds: 'prompts, 1024 x 1024 pixels; the image decoder is Chameleon’s',
  },
];

/** Lumina-mGPT of Alpha-VLLM: Chameleon tuned to draw. */
export const LUMINA: ModelFamily<PublishedKeys> = {
  name: 'lumina-mgpt',
  title: 'Lumina-mGPT',
  recognise: ({ shapes }) => {
    if (shapes.has(`${NAMES.prefix}layers.0.self_attn.q_norm.bias`)) return 'transformer';
    return holdsDecoder(shapes, NAMINGS) ? 'image decoder' : undefined;
  },
  parseKeys: parsePublishedKeys,
  complete,
  published: { repositories: REPOSITORIES },
};

async function complete(source: ModelSource<PublishedKeys>): Promise<FamilyModel> {
  const file = await weightFileOf(source, LUMINA);
  if (file.holds !== 'transformer') return decoderOnlyModel(source, file);
  const { folder, said } = source;
  const name = said.name ?? source.fallbackName;
  const config = await readConfig(folder);
  if (config.raw('swin_norm') === true)
    throw config.error('swin_norm', sentence`must be false: the norms of Chameleon 34B are not computed`);
  const shape = inferLlama(file.shapes, NAMES.prefix, config, LLAMA_DEFAULTS);
  const head = outputLayerOf(file.shapes, NAMES, [config]);
  const decoderFolders = DECODER_FOLDERS.map((place) => path.join(folder, place));
  const tokenizer = promptTokenizerIn(decoderFolders, shape.vocab);
  const vocabulary = idsInConfig(config, folder, shape.vocab) ?? (await tokenizer());
  const ids = pictureIds(vocabulary, PICTURE_TOKENS, LUMINA.title);
  const grid = gridOf(source, name);
  const [height, width] = grid;
  const headNorms = headNormRows(file.shapes, shape);
  const transformer = new SharedVocabularyTransformer(
    {
      weights: file.name,
      prefix: NAMES.prefix,
      head,
      shape,
      headNorms,
      ids,
      usualPromptLength: USUAL_PROMPT_LENGTH,
    },
    { height, width },
    folder,
  );
  const decoder = await findDecoder({
    folders: decoderFolders,
    named: source.requestedImageDecoder,
    namings: NAMINGS,
    codes: ids.codes,
    remedy: sentence`put vqgan.ckpt of Chameleon (ai.meta.com/resources/models-and-libraries/chameleon-downloads) into chameleon/tokenizer in or beside it, or name its folder (--image-decoder DIR)`,
  });
  const size = publishedSize(name);
  return promptedModel(
    {
      ...{ name, grid, ...(size !== undefined && { trainedGrids: publishedGrids(size) }) },
      condition: { kind: 'text', suffix: '', negative: undefined },
      defaults: completed(said.defaults, DEFAULTS),
      transformer,
      ...decoder,
    },
    folder,
    async (text) => luminaPrompt(text, { height, width }, await tokenizer(), ids),
  );
}

/** The grid that the user asks for, or that the manifest or the model's name says. @throws ModelError */
function gridOf(source: ModelSource, name: string): readonly [number, number] {
  const size = publishedSize(name);
  const published = size === undefined ? undefined : publishedGrids(size)[0];
  const grid = source.requestedGrid ?? source.said.grid ?? published;
  if (!grid)
    throw new ModelError(
      sentence`${source.folder} does not say how large its pictures are (no 512, 768 or 1024 in its name): say the grid with --grid ROWSxCOLUMNS, or ${source.manifestHint('"grid": [48, 48]')}.`,
    );
  const [height, width] = grid;
  if (height % TOKENS_A_UNIT === 0 && width % TOKENS_A_UNIT === 0) return grid;
  throw new ModelError(
    sentence`A grid of ${height}x${width} is not possible with ${name}: it counts sizes in 2 tokens (32 pixels); choose even sides.`,
  );
}

/** Rows of the norms of queries and keys: one for all heads, one for each head, or something between. @throws ModelError */
function headNormRows(shapes: TensorShapes, { heads, kvHeads }: LlamaShape): HeadNormRows {
  const rows = (name: 'q' | 'k', count: number): number => {
    const tensor = `${NAMES.prefix}layers.0.self_attn.${name}_norm.weight`;
    const [found] = shapes.matrix(tensor);
    if (count % found === 0) return found;
    throw new ModelError(
      sentence`${shapes.file}: tensor "${tensor}" has ${found} rows, which do not divide ${count} heads; fetch the weights again.`,
    );
  };
  return { query: rows('q', heads), key: rows('k', kvHeads) };
}
