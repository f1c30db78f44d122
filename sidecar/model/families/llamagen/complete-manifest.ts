import path from 'node:path';
import { completeTransformer, findTransformerFile } from './complete-transformer';
import { findImageDecoder, findImageDecoderFor } from './find-image-decoder';
import { publishedDefaults, publishedGrid } from './llamagen/published-models';
import { ModelError } from './model-error';
import { completed, type DefaultsManifest, type ModelManifest } from './model-manifest';
import type { ModelSource } from './model-source';
import { stemOf } from './weight-files';

/** A manifest without gaps. */
export interface CompletedManifest {
  readonly manifest: ModelManifest;
  /** Why the model draws no picture, as a sentence that says what to do; undefined when the model draws pictures. */
  readonly noPicture: string | undefined;
}

/** Sampling for a model whose manifest and publication do not name it. */
const GENERAL_DEFAULTS: DefaultsManifest = {
  guidance: 4,
  temperature: 1,
  topK: 0,
  topP: 1,
  window: undefined,
};

/**
 * Fills in what a manifest leaves out. Weight files come from the folder, and the architecture from the shapes of their
 * tensors. The rest comes from the published sizes and file names.
 * @throws ModelError naming what is not determined and where to say it; WeightsError
 */
export async function completeManifest(source: ModelSource): Promise<CompletedManifest> {
  const weights = await findTransformerFile(source);
  return weights === undefined ? imageDecoderOnly(source) : withTransformer(source, weights);
}

async function withTransformer(source: ModelSource, weights: string): Promise<CompletedManifest> {
  const { draft } = source;
  const { transformer, condition, grid } = await completeTransformer(source, weights);
  const { vq, problem } = await findImageDecoderFor(source, { vocab: transformer.vocab, condition });
  const defaults = completed(draft.defaults, {
    ...GENERAL_DEFAULTS,
    ...publishedDefaults(transformer, condition),
  });
  if (defaults.window !== undefined && defaults.window > grid[1]) {
    throw new ModelError(
      `${source.folder}: "defaults.window" must be an integer from 1 to ${grid[1]}, the width of the grid; it is ${defaults.window}.`,
    );
  }
  const stem = stemOf(weights);
  const name = draft.name ?? (publishedGrid(stem) ? stem : source.fallbackName);
  return { manifest: { name, grid, transformer, condition, vq, defaults }, noPicture: problem };
}

async function imageDecoderOnly(source: ModelSource): Promise<CompletedManifest> {
  const { draft } = source;
  const vq = await findImageDecoder(source, undefined);
  const grid = draft.grid ?? source.assumedGrid;
  if (!grid) {
    throw new ModelError(
      `${path.join(source.folder, vq.weights)} draws tokens of any grid: say which with --grid ROWSxCOLUMNS, or ${source.howToSay('"grid": [16, 16]')}.`,
    );
  }
  const manifest: ModelManifest = {
    name: draft.name ?? source.fallbackName,
    grid,
    transformer: undefined,
    condition: draft.condition ?? { kind: 'none' },
    vq,
    defaults: completed(draft.defaults, GENERAL_DEFAULTS),
  };
  return { manifest, noPicture: undefined };
}
