import { buildCacheDropGraph, buildCacheMergeGraph } from '../cache/device-kv-cache';
import { buildLogitsReaderGraph } from '../cache/device-tensors';
import { cacheNames } from '../cache/kv-cache';
import { residenceOn, type Residence } from '../cache/residence';
import { TransformerGraph, type TransformerWeights } from '../blocks/transformer-graph';
import type { WeightSource } from '../checkpoint';
import type { PromptEncoder, TransformerDescription } from '../family';
import { openSession, type ExecutionOptions } from '../inference-session';
import { GraphBuilder } from '../onnx/graph-builder';
import { GraphSampler } from '../sampler/graph-sampler';
import type { LoadedTransformer } from './picture-forward';

/** The parts from which a transformer's graphs are built. */
export interface TransformerParts {
  readonly description: TransformerDescription;
  readonly weights: TransformerWeights;
  /** Weights of the prompt's encoder, as they are stored. */
  readonly promptWeights: WeightSource;
}

/**
 * Opens the sessions of a transformer.
 * @param residence `device` on the CPU provider computes the same results, with the graphs made for a device
 * @param deviceTableBytes of the largest table that the device holds; when absent, what every device holds
 * @throws ModelError, WeightsError
 */
export async function openTransformer(
  { description, weights, promptWeights }: TransformerParts,
  execution: ExecutionOptions,
  residence: Residence = residenceOn(execution.provider),
  deviceTableBytes?: number,
): Promise<LoadedTransformer> {
  const { prompt, cache, codes } = description;
  const transformer = writeTransformer(description, weights, residence, deviceTableBytes);
  const { hostTables } = transformer;
  const onDevice = residence === 'device' ? ['logits', ...cacheNames(cache.layers)] : [];
  const [session, promptSession] = await Promise.all([
    openSession(transformer.graph.build(), weights.source.folder, execution, 'many', onDevice),
    // The CPU encodes the prompt: its table of words may be larger than what a device binds, and needs few rows.
    prompt &&
      openSession(buildPromptGraph(prompt, promptWeights), promptWeights.folder, {
        ...execution,
        provider: 'cpu',
      }),
  ]);
  if (residence === 'host') return { description, session, promptSession, hostTables };
  const mergeGraph = buildCacheMergeGraph(cache.kvHeads, cache.headDim);
  const dropGraph = buildCacheDropGraph(cache.kvHeads, cache.headDim);
  const [cacheMerger, cacheDropper, logitsReader, sampler] = await Promise.all([
    openSession(mergeGraph, '', execution, 'many', ['merged', 'last']),
    openSession(dropGraph, '', execution, 'many', ['kept']),
    openSession(buildLogitsReaderGraph(codes), '', execution),
    GraphSampler.open(codes, execution),
  ]);
  return {
    description,
    session,
    promptSession,
    hostTables,
    device: { cacheMerger, cacheDropper, logitsReader },
    sampler,
  };
}

/** Writes a transformer's graph over its weights in place. */
export function writeTransformer(
  { heads, cache: { kvHeads, headDim }, ...description }: TransformerDescription,
  weights: TransformerWeights,
  residence: Residence,
  deviceTableBytes?: number,
): TransformerGraph {
  const transformer = new TransformerGraph(weights, { heads, kvHeads, headDim }, residence, deviceTableBytes);
  description.write(transformer);
  return transformer;
}

/** The ONNX graph that turns a prompt into hidden states. */
export function buildPromptGraph(prompt: PromptEncoder, weights: WeightSource): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('prompt', weights.folder);
  prompt.write(graph, weights);
  return graph.build();
}

export async function releaseTransformer(transformer: LoadedTransformer): Promise<void> {
  const { session, promptSession, device, sampler } = transformer;
  await Promise.all([
    session.release(),
    promptSession?.release(),
    device?.cacheMerger.release(),
    device?.cacheDropper.release(),
    device?.logitsReader.release(),
    sampler?.release(),
  ]);
}
