import path from 'node:path';
import { inferCondition, inferTransformer } from './llamagen/infer-transformer';
import { publishedGrid } from './llamagen/published-models';
import { ModelError } from './model-error';
import {
  checkTransformer,
  completed,
  isComplete,
  MANIFEST_FILE,
  type ConditionManifest,
  type TransformerManifest,
} from './model-manifest';
import type { ModelSource } from './model-source';
import { openWeightFile, stemOf } from './weight-files';

/** A transformer with everything that a run needs to know. */
export interface CompleteTransformer {
  readonly transformer: TransformerManifest;
  readonly condition: ConditionManifest;
  readonly grid: readonly [number, number];
}

/**
 * The file of the model's transformer: the one that its manifest names, or the only one in the folder.
 * @returns undefined when the model is an image decoder only
 * @throws ModelError when the folder has several transformers or no weights; WeightsError when the only candidate is damaged
 */
export async function findTransformerFile(source: ModelSource): Promise<string | undefined> {
  const { draft, folder } = source;
  if (draft.transformer?.weights !== undefined) return draft.transformer.weights;
  if (!draft.transformer && draft.vq?.weights !== undefined) return undefined;
  const { files, problems } = await source.weightFiles();
  const [first, ...others] = files.filter(({ holds }) => holds === 'transformer');
  if (first && others.length > 0) {
    const names = [first, ...others].map(({ name }) => name).join(', ');
    throw new ModelError(
      `${folder} holds several transformers (${names}); name the file itself: --model ${path.join(folder, first.name)}.`,
    );
  }
  if (first) return first.name;
  const isOnlyDecoder = !draft.transformer && files.some(({ holds }) => holds === 'image decoder');
  const damaged = problems.find(
    ({ file }) => !isOnlyDecoder || publishedGrid(stemOf(path.basename(file))) !== undefined,
  );
  if (damaged) throw damaged;
  if (isOnlyDecoder) return undefined;
  throw new ModelError(
    `${folder} is no model folder: it holds neither a ${MANIFEST_FILE} that names weights nor the weights of a LlamaGen model.`,
  );
}

/**
 * A transformer's architecture, condition and grid. The manifest counts first, then the tensors, then the published sizes.
 * The file is opened only where the manifest leaves something out.
 * @throws ModelError naming what is not determined, and where to say it; WeightsError
 */
export async function completeTransformer(
  source: ModelSource,
  weights: string,
): Promise<CompleteTransformer> {
  const { draft, folder } = source;
  const grid = draft.grid ?? publishedGrid(stemOf(weights)) ?? source.assumedGrid;
  const said = draft.transformer && { ...draft.transformer, weights };
  if (said && isComplete(said) && draft.condition && grid)
    return { transformer: said, condition: draft.condition, grid };
  const { shapes } = await openWeightFile(folder, weights);
  const { heads, kvHeads, ...inferred } = inferTransformer(shapes, said);
  if (!grid || heads === undefined || kvHeads === undefined) {
    const unknown = [
      ...(grid ? [] : [{ what: 'its grid', example: '"grid": [16, 16]' }]),
      ...(heads === undefined
        ? [
            {
              what: `how many attention heads it has (${inferred.layers} layers of width ${inferred.dim} are no published size)`,
              example: '"transformer": {"heads": 12}',
            },
          ]
        : []),
    ];
    throw new ModelError(
      `${shapes.file}: no tensor says ${unknown.map(({ what }) => what).join(' and ')}; ${source.howToSay(unknown.map(({ example }) => example).join(', '))}.`,
    );
  }
  const transformer = completed(said, { ...inferred, heads, kvHeads, weights });
  checkTransformer(
    transformer,
    (field, what) => new ModelError(`${shapes.file}: "transformer.${field}" ${what}.`),
  );
  return { transformer, condition: draft.condition ?? inferCondition(shapes), grid };
}
