import type { WeightSource } from '../checkpoint';
import { openSession, type ExecutionOptions } from '../inference-session';
import type { ConditionManifest } from '../model-manifest';
import { GraphSampler } from '../sampler/graph-sampler';
import { buildConditionGraph } from './condition';
import { buildCacheDropGraph, buildCacheMergeGraph } from './device-kv-cache';
import { buildLogitsReaderGraph } from './device-tensors';
import { cacheNames } from './kv-cache';
import type { LoadedTransformer } from './llamagen-forward';
import { residenceOn, type Residence } from './residence';
import type { RotaryTable } from './rotary-table';
import { buildTransformerGraph, type TransformerShape } from './transformer-graph';
import type { TransformerWeights } from './transformer-weights';

/** The parts from which a transformer's graphs are built. */
export interface TransformerParts {
  readonly shape: TransformerShape;
  readonly weights: TransformerWeights;
  readonly rotary: RotaryTable;
  readonly condition: { readonly manifest: ConditionManifest; readonly weights: WeightSource };
}

/**
 * Opens the sessions of a transformer.
 * @param residence `device` on the CPU provider computes the same results, with the graphs made for a device
 * @throws ModelError, WeightsError
 */
export async function openTransformer(
  { shape, weights, rotary, condition }: TransformerParts,
  execution: ExecutionOptions,
  residence: Residence = residenceOn(execution.provider),
): Promise<LoadedTransformer> {
  const graph = buildTransformerGraph(shape, weights, rotary, residence);
  const conditionGraph = buildConditionGraph(
    condition.manifest,
    shape.dim,
    condition.weights,
    execution.provider,
  );
  const onDevice = residence === 'device' ? ['logits', ...cacheNames(shape.layers)] : [];
  const [session, conditionSession] = await Promise.all([
    openSession(graph, weights.checkpoint.folder, execution, 'many', onDevice),
    openSession(conditionGraph, condition.weights.folder, execution),
  ]);
  if (residence === 'host') return { shape, session, conditionSession };
  const headDim = shape.dim / shape.heads;
  const mergeGraph = buildCacheMergeGraph(shape.kvHeads, headDim);
  const dropGraph = buildCacheDropGraph(shape.kvHeads, headDim);
  const [cacheMerger, cacheDropper, logitsReader, sampler] = await Promise.all([
    openSession(mergeGraph, '', execution, 'many', ['merged', 'last']),
    openSession(dropGraph, '', execution, 'many', ['kept']),
    openSession(buildLogitsReaderGraph(shape.vocab), '', execution),
    GraphSampler.open(shape.vocab, execution),
  ]);
  return { shape, session, conditionSession, device: { cacheMerger, cacheDropper, logitsReader }, sampler };
}

export async function releaseTransformer(transformer: LoadedTransformer): Promise<void> {
  const { session, conditionSession, device, sampler } = transformer;
  await Promise.all([
    session.release(),
    conditionSession.release(),
    device?.cacheMerger.release(),
    device?.cacheDropper.release(),
    device?.logitsReader.release(),
    sampler?.release(),
  ]);
}
