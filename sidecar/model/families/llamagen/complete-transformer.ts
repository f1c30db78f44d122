import path from 'node:path';
import type { ConditionNeed, ModelSource } from '../../family';
import { completed, isComplete } from '../../json-fields';
import { MANIFEST_FILE } from '../../manifest-file';
import { ModelError } from '../../model-error';
import { stemOf } from '../../weight-file-names';
import { inferCondition, inferTransformer } from './infer-transformer';
import { checkTransformer, type TransformerManifest } from './manifest';
import { publishedGrid } from './published-models';
import type { Said } from './said';
import { sentence } from '../../../protocol/sentence';

/** A transformer's architecture, its condition and its grid. Nothing that a run needs is left open. */
export interface CompleteTransformer {
  readonly transformer: TransformerManifest;
  readonly condition: ConditionNeed;
  readonly grid: readonly [number, number];
}

/**
 * The name of the file with the model's transformer: the file that the user or the manifest names, otherwise the only
 * transformer in the folder.
 * @returns undefined when the model is an image decoder only
 * @throws ModelError when the folder has several transformers, or no weights of a LlamaGen model. WeightsError when no
 *   transformer can be read, and a damaged file in the folder may hold one
 */
export async function findTransformerFile(source: ModelSource, said: Said): Promise<string | undefined> {
  const { folder } = source;
  if (said.transformer?.weights !== undefined) return said.transformer.weights;
  if (!said.transformer && said.vq?.weights !== undefined) return undefined;
  const { files, problems } = await source.weightFiles();
  const [first, ...others] = files.filter(({ holds }) => holds === 'transformer');
  if (first && others.length > 0) {
    const names = [first, ...others].map(({ name }) => name).join(', ');
    throw new ModelError(
      sentence`${folder} holds several transformers (${names}); name the file itself: --model ${path.join(folder, first.name)}.`,
    );
  }
  if (first) return first.name;
  const isOnlyDecoder = !said.transformer && files.some(({ holds }) => holds === 'image decoder');
  const damaged = problems.find(
    ({ file }) => !isOnlyDecoder || publishedGrid(stemOf(path.basename(file))) !== undefined,
  );
  if (damaged) throw damaged;
  if (isOnlyDecoder) return undefined;
  throw new ModelError(
    sentence`${folder} is no model folder: it holds neither a ${MANIFEST_FILE} that names weights nor the weights of a LlamaGen model.`,
  );
}

/**
 * Completes a transformer's architecture, condition and grid. The values come from these places, the first one that has them:
 * - architecture: the manifest, then the shapes of the tensors. The number of heads then comes from the published sizes.
 * - condition: the manifest, then the tensors.
 * - grid: the user's request, then the manifest, then the grid that is published for a file of this name.
 *
 * The weight file is opened only if a value is still missing after the manifest, the request and the file's name.
 * @param said the statements of the manifest
 * @param weights name of the transformer's file in the folder
 * @throws ModelError with the name of a missing value, and the place where to state it; WeightsError when the file is damaged
 */
export async function completeTransformer(
  source: ModelSource,
  said: Said,
  weights: string,
): Promise<CompleteTransformer> {
  const grid = source.requestedGrid ?? source.said.grid ?? publishedGrid(stemOf(weights));
  const draft = said.transformer && { ...said.transformer, weights };
  if (draft && isComplete(draft) && said.condition && grid)
    return { transformer: draft, condition: said.condition, grid };
  const { shapes } = await source.openFile(weights);
  const { heads, kvHeads, ...inferred } = inferTransformer(shapes, draft);
  if (!grid || heads === undefined || kvHeads === undefined) {
    const unknown = [
      ...(grid ? [] : [{ what: sentence`its grid`, example: '"grid": [16, 16]' }]),
      ...(heads === undefined
        ? [
            {
              what: sentence`how many attention heads it has (${inferred.layers} layers of width ${inferred.dim} are no published size)`,
              example: '"transformer": {"heads": 12}',
            },
          ]
        : []),
    ];
    throw new ModelError(
      sentence`${shapes.file}: no tensor says ${unknown.map(({ what }) => what).reduce((one, other) => sentence`${one} and ${other}`)}; ${source.manifestHint(unknown.map(({ example }) => example).join(', '))}.`,
    );
  }
  const transformer = completed(draft, { ...inferred, heads, kvHeads, weights });
  checkTransformer(
    transformer,
    (field, what) => new ModelError(sentence`${shapes.file}: "transformer.${field}" ${what}.`),
  );
  return { transformer, condition: said.condition ?? inferCondition(shapes), grid };
}
