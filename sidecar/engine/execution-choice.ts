import { cpus, totalmem } from 'node:os';
import { transformerOf, weightBytes, type ModelFolder } from '../model/model-folder';
import { SURE_TENSOR_BYTES } from '../model/precision/linear-parts';
import { largeMatrices, largestLayer, layerBytes } from '../model/transformer/layer-sizes';
import { openDescription } from '../model/transformer/transformer-weights';
import type { Precision, Provider, ProviderFailurePolicy, RunExecution, WeightPrecision } from '../protocol';
import { availableMemory } from './available-memory';
import { cpuThreads } from './cpu-threads';
import { choosePrecisionFor } from './precision-choice';
import {
  describeVerdict,
  fastestProvider,
  providerName,
  type PassWork,
  type ProviderChoice,
  type Verdict,
} from './provider-choice';
import { ProviderFailure } from './provider-failure';
import type { ProviderKnowledge } from './providers';
import { RequestError } from './request-error';
import type { ExecutionOptions } from '../runtime/runtime';
import { inEnglish, sentence, type Said } from '../protocol/sentence';

/** The provider, threads and precision of a run, and the reasons for them. */
export interface ExecutionChoice {
  readonly options: Required<Omit<ExecutionOptions, 'tensorBytes'>> & ExecutionOptions;
  readonly described: RunExecution;
  /** A sentence with the reason for the precision of the weights. */
  readonly precisionReason: Said;
  /** Sentences for the user, about differences from the request. */
  readonly notices: readonly Said[];
}

/** The fields of a request that say where to compute. */
export interface ExecutionRequest {
  readonly provider?: Provider | undefined;
  readonly precision?: Precision | undefined;
  readonly onProviderFailure?: ProviderFailurePolicy | undefined;
}

/**
 * Chooses the provider and the precision for a model. `auto` takes the fastest provider whose check showed that it computes the
 * same as the CPU. If the request names a provider, a short check shows only whether it answers. So a driver that hangs cannot
 * block the inference thread.
 *
 * @throws RequestError when the provider is not in this build, or cannot run the precision.
 * ProviderFailure when the provider does not answer and no other may be used.
 * ModelError, WeightsError when a weight file is missing or damaged.
 */
export async function chooseExecution(
  { provider = 'auto', precision = 'auto', onProviderFailure = 'fallback' }: ExecutionRequest,
  model: ModelFolder,
  providers: ProviderKnowledge,
): Promise<ExecutionChoice> {
  const chosen = await choose(provider, model, providers);
  const isReplaced = 'failure' in chosen;
  if (isReplaced && onProviderFailure === 'error') throw new ProviderFailure(provider, chosen.failure);
  const { reason, ...on } = isReplaced ? { provider: 'cpu', reason: chosen.failure } : chosen;
  const device = await deviceOf(on.provider, providers);
  const threads = cpuThreads(await weightBytes(model));
  const packing = await choosePrecisionFor(
    model,
    precision,
    on.provider,
    memoryOn(on.provider, device),
    async () => providers.productTimes({ ...(await largestMatrix(model)), threads }),
  );
  const tensorBytes = await tensorLimit(model, on.provider, packing.precision, providers);
  return {
    options: {
      provider: on.provider,
      threads,
      precision: packing.precision,
      ...(tensorBytes !== undefined && { tensorBytes }),
    },
    described: { ...device, reason: inEnglish(reason) },
    precisionReason: packing.reason,
    notices: [
      ...(isReplaced ? [sentence`${chosen.failure} The CPU is used instead.`] : []),
      ...(packing.isNews ? [packing.reason] : []),
    ],
  };
}

/** The same choice on the CPU, after a provider failed in a run. @param reason a sentence that says how the provider failed */
export function movedToCpu(reason: string, choice: ExecutionChoice): ExecutionChoice {
  return {
    ...choice,
    options: { ...choice.options, provider: 'cpu', tensorBytes: undefined },
    described: { ...processor(), reason },
    notices: [],
  };
}

async function choose(
  provider: Provider,
  model: ModelFolder,
  providers: ProviderKnowledge,
): Promise<ProviderChoice | { readonly failure: Said }> {
  const { available } = providers; // throws before anything starts where ONNX Runtime cannot be loaded
  if (provider === 'auto') return fastestProvider(await passWork(model), await proveAll(providers));
  if (!available.includes(provider)) {
    throw new RequestError(
      sentence`Provider "${provider}" is not part of this ONNX Runtime; choose one of auto, ${available.join(', ')}.`,
    );
  }
  const asAsked = { provider, reason: sentence`${providerName(provider)}, as asked for.` };
  if (provider === 'cpu') return asAsked;
  const verdict = await providers.verdict(provider, 'answer');
  if (verdict.kind === 'answers' || verdict.kind === 'right') return asAsked;
  return { failure: sentence`${providerName(provider)}: not used, ${describeVerdict(verdict)}.` };
}

/** Checks all providers, one after the other. Two checks at the same time would make each other slower. */
async function proveAll(providers: ProviderKnowledge): Promise<(readonly [string, Verdict])[]> {
  const verdicts: (readonly [string, Verdict])[] = [];
  for (const provider of providers.onDevices)
    verdicts.push([provider, await providers.verdict(provider, 'full')]);
  return verdicts;
}

/** The work of one step; undefined for a model that is an image decoder only. */
async function passWork({ folder, transformer }: ModelFolder): Promise<PassWork | undefined> {
  if (!transformer) return undefined;
  const { description } = await openDescription(folder, transformer);
  return { layers: description.cache.layers, layerBytes: layerBytes(description) };
}

/** The largest matrix in a transformer's blocks. */
async function largestMatrix(model: ModelFolder): Promise<{ inner: number; out: number }> {
  const { description } = await openDescription(model.folder, transformerOf(model));
  return largestLayer(description);
}

/**
 * The size of the largest matrix of a model that the device holds in one tensor, in bytes. Larger matrices are computed in
 * parts. Each size above `SURE_TENSOR_BYTES` is checked in a process of its own. ONNX Runtime does not tell the limits of a
 * device, and a tensor that is too large would end the run.
 * @returns undefined for providers without such a limit
 */
async function tensorLimit(
  model: ModelFolder,
  provider: string,
  precision: WeightPrecision,
  providers: ProviderKnowledge,
): Promise<number | undefined> {
  if (provider !== LIMITED) return undefined;
  if (!model.transformer) return SURE_TENSOR_BYTES;
  const { description } = await openDescription(model.folder, model.transformer);
  for (const bytes of largeMatrices(description, precision, SURE_TENSOR_BYTES)) {
    const { kind } = await providers.verdict(provider, `${bytes} bytes`);
    if (kind === 'answers') return bytes;
  }
  return SURE_TENSOR_BYTES;
}

/** The provider whose devices limit the size of a tensor. */
const LIMITED = 'webgpu';

/** The memory that is available for a model on a provider, in bytes. */
function memoryOn(provider: string, { memoryBytes }: Device): number {
  return provider === 'cpu' ? availableMemory() : (memoryBytes ?? availableMemory());
}

async function deviceOf(provider: string, providers: ProviderKnowledge): Promise<Device> {
  return provider === 'cpu' ? processor() : graphicsDevice(providers);
}

type Device = Pick<RunExecution, 'device' | 'memoryBytes'>;

function processor(): Device {
  const model = cpus()[0]?.model.trim() ?? '';
  return { device: model === '' || model === 'unknown' ? null : model, memoryBytes: totalmem() };
}

/** The graphics device with its memory. ONNX Runtime does not tell which of several devices it took. */
async function graphicsDevice(providers: ProviderKnowledge): Promise<Device> {
  const devices = await providers.devices();
  const [only, ...more] = devices;
  if (!only) return { device: null, memoryBytes: null };
  if (more.length === 0) return { device: only.name, memoryBytes: only.memoryBytes ?? null };
  return { device: `one of ${devices.map(({ name }) => name).join(', ')}`, memoryBytes: null };
}
