import { stat } from 'node:fs/promises';
import path from 'node:path';
import { inferVq } from './infer-vq';
import { publishedVqFor, publishedVqUrl } from './llamagen/published-models';
import { ModelError } from './model-error';
import { checkVq, completed, isComplete, type ConditionManifest, type VqManifest } from './model-manifest';
import type { ModelSource } from './model-source';
import { openWeightFile, stemOf } from './weight-files';
import { WeightsError } from './weights/weights-error';

/** What an image decoder has to fit. */
export interface TokenSource {
  /** Codebook indices that are predicted. */
  readonly vocab: number;
  readonly condition: ConditionManifest;
}

/** A model's image decoder, or why there is none: a sentence that says what to do. */
export type ImageDecoderOrProblem =
  | { readonly vq: VqManifest; readonly problem: undefined }
  | { readonly vq: undefined; readonly problem: string };

/** The image decoder for a transformer's tokens. Without one there are still tokens, so nothing about it is thrown. */
export async function findImageDecoderFor(
  source: ModelSource,
  tokens: TokenSource,
): Promise<ImageDecoderOrProblem> {
  try {
    return { vq: await findImageDecoder(source, tokens), problem: undefined };
  } catch (error) {
    if (!(error instanceof ModelError || error instanceof WeightsError)) throw error;
    return { vq: undefined, problem: error.message };
  }
}

/**
 * The image decoder that the manifest names, or the only one in the folder that fits.
 * @param tokens whose tokens it shall draw; undefined where the model is an image decoder only
 * @throws ModelError when there is none: what to download, and where to put it; or when it knows fewer tokens than are
 *   predicted; WeightsError when it is damaged
 */
export async function findImageDecoder(
  source: ModelSource,
  tokens: TokenSource | undefined,
): Promise<VqManifest> {
  const { draft, folder } = source;
  const weights = draft.vq?.weights ?? (await chooseFile(source, tokens));
  const file = path.join(folder, weights);
  if (!(await exists(file))) throw new ModelError(whereToGet(weights, folder, file));
  const vq = await describeDecoder(source, weights);
  // More codes than are predicted do no harm; of fewer, no one can say what the tokens above them look like.
  if (tokens && vq.codebookSize < tokens.vocab) {
    throw new ModelError(
      `${file} has a codebook of ${vq.codebookSize} ("vq.codebookSize") where the transformer predicts ${tokens.vocab} tokens ("transformer.vocab"), so there is no picture: put the image decoder there that the transformer was trained with, or ask for tokens only (--tokens-only).`,
    );
  }
  return vq;
}

/** As the manifest says, else as the tensors determine. */
async function describeDecoder({ draft, folder }: ModelSource, weights: string): Promise<VqManifest> {
  const said = draft.vq && { ...draft.vq, weights };
  if (said && isComplete(said)) return said;
  const { shapes } = await openWeightFile(folder, weights);
  const vq = completed(said, { ...inferVq(shapes), weights });
  checkVq(vq, (field, what) => new ModelError(`${path.join(folder, weights)}: "vq.${field}" ${what}.`));
  return vq;
}

/** Of several that fit, the one that the published models go with. */
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
    throw new ModelError(
      `${folder} holds several image decoders (${names}); ${source.howToSay(`"vq": {"weights": "${only.name}"}`)}.`,
    );
  }
  const damaged = problems.find(({ file }) => stemOf(path.basename(file)) === published);
  if (damaged) throw damaged;
  throw new ModelError(whereToGet(published, folder, folder));
}

/** @param stem of the decoder that is missing, where it is known by name */
function whereToGet(name: string | undefined, folder: string, place: string): string {
  const stem = name === undefined ? undefined : stemOf(name);
  const url = stem === undefined ? undefined : publishedVqUrl(stem);
  const problem = place === folder ? `${folder} holds no image decoder` : `${place} is missing`;
  const remedy =
    url === undefined
      ? 'put its weights there'
      : `download ${stem ?? ''}.pt from ${url} and put it into ${folder}`;
  return `${problem}, so there is no picture: ${remedy}, or ask for tokens only (--tokens-only).`;
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
