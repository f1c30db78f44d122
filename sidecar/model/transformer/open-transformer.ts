import { CACHE_STRATEGIES } from '../cache/cache-strategies';
import { buildLogitsReaderGraph } from '../cache/device-tensors';
import { residenceOn, type Residence } from '../cache/residence';
import { TransformerGraph, type TransformerWeights } from '../blocks/transformer-graph';
import type { WeightSource } from '../checkpoint';
import type { PromptEncoder, TransformerDescription } from '../family';
import { GraphBuilder } from '../onnx/graph-builder';
import { GraphSampler } from '../sampler/graph-sampler';
import type { LoadedTransformer } from './picture-forward';
import { runtime } from '../../chosen-runtime';
import type { ExecutionOptions } from '../../runtime/runtime';

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
  const strategy = CACHE_STRATEGIES[residence];
  const onDevice = residence === 'device' ? ['logits', ...strategy.outputsOnDevice(cache.layers)] : [];
  const [session, promptSession, caches, device] = await Promise.all([
    runtime.open(transformer.graph.build(), weights.source.folder, execution, { onDevice }),
    // The CPU encodes the prompt: its table of words may be larger than what a device binds, and needs few rows.
    prompt &&
      runtime.open(buildPromptGraph(prompt, promptWeights), promptWeights.folder, {
        ...execution,
        provider: 'cpu',
      }),
    strategy.open(cache, execution),
    residence === 'device' ? openOnDevice(codes, execution) : undefined,
  ]);
  return { description, session, promptSession, hostTables, caches, ...device };
}

/** Opens what works with logits on a device. */
async function openOnDevice(
  codes: number,
  execution: ExecutionOptions,
): Promise<Pick<LoadedTransformer, 'logitsReader' | 'sampler'>> {
  const [logitsReader, sampler] = await Promise.all([
    runtime.open(buildLogitsReaderGraph(codes), '', execution),
    GraphSampler.open(codes, execution),
  ]);
  return { logitsReader, sampler };
}

/** Writes a transformer's graph over its weights in place. */
export function writeTransformer(
  { heads, cache: { kvHeads, headDim }, ...description }: TransformerDescription,
  weights: TransformerWeights,
  residence: Residence,
  deviceTableBytes?: number,
): TransformerGraph {
  const transformer = new TransformerGraph(
    weights,
    { heads, kvHeads, headDim },
    CACHE_STRATEGIES[residence],
    deviceTableBytes,
  );
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
  const { session, promptSession, caches, logitsReader, sampler } = transformer;
  await Promise.all([
    session.release(),
    promptSession?.release(),
    caches.release(),
    logitsReader?.release(),
    sampler?.release(),
  ]);
}
