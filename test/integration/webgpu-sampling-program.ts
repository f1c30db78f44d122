/**
 * A program that webgpu-sampling.test.ts runs in a separate process, because a driver may crash. It draws and decodes on the
 * WebGPU provider. It prints one line of JSON (`Findings`): its results beside those of the CPU.
 */
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { decodeZipar, type ZiparOptions } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { promptFor } from '../checkpoints/prompt-for';
import type { Prompt } from '../../sidecar/model/family';
import { compareSamplers, everySampling, type Comparison } from '../sampling/compare-samplers';

/** Bytes that one run of a session moved between the host and the device, by the name of input or output. */
export interface Traffic {
  readonly up: Readonly<Record<string, number>>;
  readonly down: Readonly<Record<string, number>>;
}

export interface DecodedOnBoth {
  readonly what: string;
  readonly onDevice: readonly number[];
  readonly onCpu: readonly number[];
  readonly passes: number;
  readonly traffic: readonly Traffic[];
}

export interface Findings {
  readonly draws: Comparison;
  readonly runs: readonly DecodedOnBoth[];
}

const WEBGPU = { provider: 'webgpu', threads: 1 } as const;
const CPU = { provider: 'cpu', threads: 1 } as const;
const GOLDEN = path.resolve('test/golden');
const OPTIONS: ZiparOptions = {
  window: 3,
  firstRow: 'windowed',
  rowStart: 'fixed',
  standIn: 'nearest',
  seed: 11,
  temperature: 0.9,
  topK: 40,
  topP: 0.95,
  greedy: false,
};

type Run = (
  feeds: InferenceSession.FeedsType,
  fetches: readonly string[],
) => Promise<InferenceSession.ReturnType>;

/** Records every run of every session. */
function listen(session: InferenceSession, heard: Traffic[]): void {
  const prototype = Object.getPrototypeOf(session) as { run: Run };
  const { run } = prototype;
  prototype.run = async function (
    this: InferenceSession,
    feeds,
    ...rest
  ): Promise<InferenceSession.ReturnType> {
    const up = bytesOnHost(feeds);
    const outputs = await run.call(this, feeds, ...rest);
    heard.push({ up, down: bytesOnHost(outputs) });
    return outputs;
  };
}

function bytesOnHost(tensors: Readonly<Record<string, unknown>>): Record<string, number> {
  const onHost = Object.entries(tensors as Record<string, Tensor>).filter(
    ([, { location }]) => location === 'cpu',
  );
  return Object.fromEntries(onHost.map(([name, { data }]) => [name, (data as Float32Array).byteLength]));
}

async function decodeOn(
  model: LoadedModel,
  prompt: Prompt,
  options: ZiparOptions,
): Promise<{ tokens: number[]; passes: number }> {
  const tokens: number[] = [];
  let passes = 0;
  for await (const { decisions } of decodeZipar(await model.forward(prompt, 2.5), options)) {
    passes++;
    for (const { position, token } of decisions) tokens[position] = token;
  }
  return { tokens, passes };
}

async function find(): Promise<Findings> {
  const samplings = everySampling([0.7, 1], [0, 7], [1, 0.8]);
  const draws = await compareSamplers(WEBGPU, [5, 97, 1024, 2100], samplings);
  const class3 = await promptFor(path.join(GOLDEN, 'llamagen-c2i'), { kind: 'class', label: 3 });
  const caption = await promptFor(path.join(GOLDEN, 'llamagen-t2i'), {
    kind: 'caption',
    file: path.join(GOLDEN, 'llamagen-t2i/caption.safetensors'),
  });
  const heard: Traffic[] = [];
  const runs: DecodedOnBoth[] = [];
  for (const [folder, prompt, choices] of [
    ['llamagen-c2i', class3, {}],
    ['llamagen-c2i', class3, { rowStart: 'adaptive', seed: 12 }],
    ['llamagen-t2i', caption, { window: 2, seed: 13 }],
  ] as const) {
    const options = { ...OPTIONS, ...choices };
    const device = await LoadedModel.open(path.join(GOLDEN, folder), WEBGPU);
    if (runs.length === 0) listen((await device.transformer()).session, heard);
    heard.length = 0;
    const { tokens, passes } = await decodeOn(device, prompt, options);
    const traffic = [...heard];
    const onCpu = await decodeOn(await LoadedModel.open(path.join(GOLDEN, folder), CPU), prompt, options);
    runs.push({
      what: `${folder} ${JSON.stringify(choices)}`,
      onDevice: tokens,
      onCpu: onCpu.tokens,
      passes,
      traffic,
    });
  }
  return { draws, runs };
}

void find().then((findings) => {
  process.stdout.write(`${JSON.stringify(findings)}\n`, () => process.exit(0));
});
