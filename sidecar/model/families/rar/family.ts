import path from 'node:path';
import { PromptError } from '../../../prompt/word-vocabulary';
import type { FamilyModel, ModelFamily, ModelSource, WeightFileContent } from '../../family';
import { holdsDecoder, type DecoderNaming } from '../../image-decoder/decoder-naming';
import { decoderOnlyModel } from '../../image-decoder/decoder-only-model';
import { findDecoder } from '../../image-decoder/find-decoder';
import { completed, type Fields } from '../../json-fields';
import { parsePublishedKeys, weightFileOf, type PublishedKeys } from '../../llama/published-folder';
import { ModelError } from '../../model-error';
import { refusedCondition } from '../../refused-condition';
import { DECODER_FOLDERS, PUBLISHED, PUBLISHED_GRID, publishedSampling } from './published-models';
import { classPrompt } from './rar-prompt';
import { inferRar, isRar } from './rar-shape';
import { RarTransformer } from './transformer';
import { sentence } from '../../../protocol/sentence';

const NAMINGS: readonly DecoderNaming[] = ['maskgit'];

/** RAR's own part of a manifest. */
interface RarKeys extends PublishedKeys {
  /** The exponent of the guidance over the picture; 0 = constant guidance. */
  readonly guidancePower: number | undefined;
}

/** RAR of ByteDance: a class becomes a picture. Each token is told which place it predicts. */
export const RAR: ModelFamily<RarKeys> = {
  name: 'rar',
  title: 'RAR',
  recognise: ({ shapes }) => {
    if (isRar(shapes)) return 'transformer';
    return holdsDecoder(shapes, NAMINGS) ? 'image decoder' : undefined;
  },
  parseKeys,
  complete,
  published: PUBLISHED,
};

/** Reads the keys `weights` and `guidancePower`. @throws ModelError */
function parseKeys(fields: Fields): RarKeys {
  const guidancePower = fields.present('guidancePower', (name) => fields.number(name, 0, 100));
  return { ...parsePublishedKeys(fields), guidancePower };
}

async function complete(source: ModelSource<RarKeys>): Promise<FamilyModel> {
  const file = await weightFileOf(source, RAR);
  if (file.holds !== 'transformer') return decoderOnlyModel(source, file);
  await checkOnlyTransformer(source, file);
  const { folder, said, requestedGrid, keys } = source;
  const shape = inferRar(file.shapes);
  const { power, guidance, temperature } = publishedSampling(shape);
  const grid = requestedGrid ?? said.grid ?? PUBLISHED_GRID;
  const [height, width] = grid;
  const transformer = new RarTransformer(
    file.name,
    shape,
    { height, width },
    keys?.guidancePower ?? power,
    folder,
  );
  const decoder = await findDecoder({
    folders: DECODER_FOLDERS.map((place) => path.join(folder, place)),
    named: source.requestedImageDecoder,
    namings: NAMINGS,
    codes: shape.codes,
    remedy: sentence`download maskgit-vqgan-imagenet-f16-256.bin of huggingface.co/fun-research/TiTok into that folder, or name its folder (--image-decoder DIR)`,
  });
  const name = said.name ?? source.fallbackName;
  const condition = { kind: 'class', classes: shape.classes } as const;
  return {
    ...{ name, grid, trainedGrids: [said.grid ?? PUBLISHED_GRID], condition, transformer, ...decoder },
    defaults: completed(said.defaults, { guidance, temperature, topK: 0, topP: 1, window: undefined }),
    encodePrompt: ({ condition: asked }) => {
      if (asked.kind !== 'class') return Promise.reject(refusedCondition({ name, folder, condition }, asked));
      if (asked.label >= shape.classes)
        return Promise.reject(
          new PromptError(sentence`Class ${asked.label} is outside 0..${shape.classes - 1} of ${name}.`),
        );
      return Promise.resolve({ input: classPrompt(asked.label, shape), notices: [] });
    },
    anyPrompt: () => Promise.resolve(classPrompt(0, shape)),
  };
}

/** The published models lie in one repository. @throws ModelError when a folder has several, and none is named */
async function checkOnlyTransformer(
  source: ModelSource<RarKeys>,
  { name }: WeightFileContent,
): Promise<void> {
  const { folder } = source;
  if (source.namedFile ?? source.keys?.weights) return;
  const { files } = await source.weightFiles();
  const own = files.filter(({ family, holds }) => family?.name === RAR.name && holds === 'transformer');
  if (own.length < 2) return;
  throw new ModelError(
    sentence`${folder} holds several transformers (${own.map((file) => file.name).join(', ')}); name the file itself: --model ${path.join(folder, name)}.`,
  );
}
