import path from 'node:path';
import { exists } from '../../../files/exists';
import type { ConditionNeed, ModelSource } from '../../family';
import { completed, isComplete } from '../../json-fields';
import { ModelError } from '../../model-error';
import { stemOf } from '../../weight-file-names';
import { WeightsError } from '../../weights/weights-error';
import { inferVq } from './infer-vq';
import { checkVq, type VqManifest } from './manifest';
import { publishedVqFor, publishedVqUrl } from './published-models';
import type { Said } from './said';
import { sentence, type Sentence } from '../../../protocol/sentence';

/** The tokens that an image decoder must fit. */
export interface TokenSource {
  /** Number of codebook indices that are predicted. */
  readonly vocab: number;
  readonly condition: ConditionNeed;
}

/** A model's image decoder, or a sentence that says why there is none and what to do. */
export type ImageDecoderOrProblem =
  | { readonly vq: VqManifest; readonly problem: undefined }
  | { readonly vq: undefined; readonly problem: Sentence | string };

/** The folder of a model's image decoder: the one that the user names, else the model's own. */
export function decoderFolder({ requestedImageDecoder, folder }: ModelSource): string {
  return requestedImageDecoder ?? folder;
}

/**
 * The image decoder for a transformer's tokens. Without an image decoder a run still yields tokens, so this function throws
 * nothing.
 */
export async function findImageDecoderFor(
  source: ModelSource,
  said: Said,
  tokens: TokenSource,
): Promise<ImageDecoderOrProblem> {
  try {
    return { vq: await findImageDecoder(source, said, tokens), problem: undefined };
  } catch (error) {
    if (!(error instanceof ModelError || error instanceof WeightsError)) throw error;
    return { vq: undefined, problem: error.sentence };
  }
}

/**
 * The image decoder in the folder that the user names. Otherwise the one that the manifest names, or the only one in the
 * model's folder that fits.
 * @param tokens the tokens that it must draw; undefined where the model is an image decoder only
 * @throws ModelError when there is no image decoder: the message says what to download, and where to put it.
 * ModelError when the image decoder knows fewer tokens than are predicted.
 * WeightsError when it is damaged.
 */
export async function findImageDecoder(
  source: ModelSource,
  said: Said,
  tokens: TokenSource | undefined,
): Promise<VqManifest> {
  const { requestedImageDecoder: requested } = source;
  return requested === undefined
    ? findIn(source, said, tokens)
    : findIn(source.elsewhere(requested), { ...said, vq: undefined }, tokens);
}

async function findIn(source: ModelSource, said: Said, tokens: TokenSource | undefined): Promise<VqManifest> {
  const { folder } = source;
  const weights = said.vq?.weights ?? (await chooseFile(source, tokens));
  const file = path.join(folder, weights);
  if (!(await exists(file))) throw new ModelError(whereToGet(weights, folder, file));
  const vq = await describeDecoder(source, said, weights);
  // A codebook larger than the vocabulary does no harm. With a smaller codebook, the highest tokens have no picture.
  if (tokens && vq.codebookSize < tokens.vocab) {
    throw new ModelError(
      sentence`${file} has a codebook of ${vq.codebookSize} ("vq.codebookSize") where the transformer predicts ${tokens.vocab} tokens ("transformer.vocab"), so there is no picture: put the image decoder there that the transformer was trained with, or ask for tokens only (--tokens-only).`,
    );
  }
  return vq;
}

/** The image decoder's architecture: as the manifest says, otherwise as the tensors determine. */
async function describeDecoder(source: ModelSource, said: Said, weights: string): Promise<VqManifest> {
  const draft = said.vq && { ...said.vq, weights };
  if (draft && isComplete(draft)) return draft;
  const { shapes } = await source.openFile(weights);
  const vq = completed(draft, { ...inferVq(shapes), weights });
  checkVq(
    vq,
    (field, what) => new ModelError(sentence`${path.join(source.folder, weights)}: "vq.${field}" ${what}.`),
  );
  return vq;
}

/** The weight file of the image decoder. If several fit, the one that the published models use. */
async function chooseFile(source: ModelSource, tokens: TokenSource | undefined): Promise<string> {
  const { folder } = source;
  const { files, problems } = await source.weightFiles();
  const published = tokens && publishedVqFor(tokens.vocab, tokens.condition);
  const decoders = files.filter(({ holds }) => holds === 'image decoder');
  const fitting = decoders.filter(
    ({ shapes }) => tokens === undefined || inferVq(shapes).codebookSize === tokens.vocab,
  );
  const [only, ...others] = fitting;
  const chosen =
    fitting.find(({ name }) => stemOf(name) === published) ?? (others.length === 0 ? only : undefined);
  if (chosen) return chosen.name;
  if (only) {
    const names = fitting.map(({ name }) => name).join(', ');
    const remedy =
      source.requestedImageDecoder === undefined
        ? source.manifestHint(`"vq": {"weights": "${only.name}"}`)
        : sentence`put the right one into a folder of its own, and name that folder`;
    throw new ModelError(sentence`${folder} holds several image decoders (${names}); ${remedy}.`);
  }
  const damaged = problems.find(({ file }) => stemOf(path.basename(file)) === published);
  if (damaged) throw damaged;
  throw new ModelError(whereToGet(published, folder, folder));
}

/** Tells the user where to get an image decoder. @param name of the missing image decoder, where it is known */
function whereToGet(name: string | undefined, folder: string, place: string): Sentence {
  const stem = name === undefined ? undefined : stemOf(name);
  const url = stem === undefined ? undefined : publishedVqUrl(stem);
  const problem =
    place === folder ? sentence`${folder} holds no image decoder` : sentence`${place} is missing`;
  const remedy =
    url === undefined
      ? sentence`put its weights there`
      : sentence`download ${stem ?? ''}.pt from ${url} and put it into ${folder}`;
  return sentence`${problem}, so there is no picture: ${remedy}, or ask for tokens only (--tokens-only).`;
}
