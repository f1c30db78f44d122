/**
 * A program that webgpu-sampling.test.ts runs in a separate process, because a driver may crash. It draws and decodes on the
 * WebGPU provider. It prints one line of JSON (`Findings`): its results beside those of the CPU.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeLookahead } from '../../sidecar/decoding/lookahead/decode-lookahead';
import { isTie, TIE } from '../../sidecar/decoding/sampling';
import { decodeZipar, type ZiparOptions } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { promptFor } from '../checkpoints/prompt-for';
import type { Prompt } from '../../sidecar/model/family';
import { buildSamplerGraph } from '../../sidecar/model/sampler/sampler-graph';
import { compareSamplers, everySampling, type Comparison } from '../sampling/compare-samplers';
import { onnxLibrary } from '../../sidecar/runtime/onnxruntime/load-library';
import type { Program } from '../../sidecar/runtime/runtime';
import type { Tensors } from '../../sidecar/runtime/tensor';

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
  /** Draws of the run that were ties. */
  readonly ties: number;
  readonly traffic: readonly Traffic[];
}

export interface Findings {
  readonly draws: Comparison;
  /** The provider of each operator of the sampler's graph, as ONNX Runtime's profile names them. */
  readonly samplerProviders: readonly (readonly [operator: string, provider: string])[];
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

/** Options of a run; `lookahead`: cells a row. */
type RunOptions = ZiparOptions & { readonly lookahead?: number | undefined };

type Run = (feeds: Tensors, fetches: readonly string[]) => Promise<Tensors>;

/** Records every run of every session. */
function listen(session: Program, heard: Traffic[]): void {
  const prototype = Object.getPrototypeOf(session) as { run: Run };
  const { run } = prototype;
  prototype.run = async function (this: Program, feeds, ...rest): Promise<Tensors> {
    const up = bytesOnHost(feeds);
    const outputs = await run.call(this, feeds, ...rest);
    heard.push({ up, down: bytesOnHost(outputs) });
    return outputs;
  };
}

function bytesOnHost(tensors: Readonly<Record<string, unknown>>): Record<string, number> {
  const onHost = Object.entries(tensors as Tensors).filter(([, { isOnDevice }]) => !isOnDevice);
  return Object.fromEntries(onHost.map(([name, { data }]) => [name, (data as Float32Array).byteLength]));
}

async function decodeOn(
  model: LoadedModel,
  prompt: Prompt,
  { lookahead, ...options }: RunOptions,
): Promise<{ tokens: number[]; passes: number; ties: number }> {
  const tokens: number[] = [];
  let passes = 0;
  let ties = 0;
  const forward = await model.forward(prompt, 2.5);
  const steps =
    lookahead === undefined
      ? decodeZipar(forward, options)
      : decodeLookahead(forward, { ...options, reach: { cellsARow: lookahead, cells: 64 } });
  for await (const { decisions } of steps) {
    passes++;
    for (const decision of decisions) {
      tokens[decision.position] = decision.token;
      if (isTie(decision)) ties++;
    }
  }
  return { tokens, passes, ties };
}

/** Runs the sampler's graph once under ONNX Runtime's profiler. */
async function providersOfSampler(): Promise<[operator: string, provider: string][]> {
  const [vocab, rows] = [1024, 3];
  const folder = await mkdtemp(path.join(tmpdir(), 'zipar-profile-'));
  try {
    const { InferenceSession, Tensor } = onnxLibrary();
    const session = await InferenceSession.create(buildSamplerGraph(vocab), {
      executionProviders: ['webgpu', 'cpu'],
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'profile'),
    });
    const scalar = (value: number) => new Tensor('float32', Float32Array.of(value), [1]);
    const words = new Tensor(
      'uint32',
      Uint32Array.from({ length: rows }, (_, i) => 7 * i),
      [rows, 1],
    );
    const logits = Float32Array.from({ length: 2 * rows * vocab }, (_, i) => i % 13);
    await session.run({
      logits: new Tensor('float32', logits, [2, rows, vocab]),
      guidance: new Tensor('float32', Float32Array.of(2), [1, 1]),
      ...{ temperature: scalar(1), top_k: scalar(20), top_p: scalar(2) },
      ...{ noise_first: words, noise_second: words, noise_scale: scalar(1), tie: scalar(TIE) },
    });
    session.endProfiling();
    const [file = ''] = await readdir(folder);
    const events = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as {
      readonly cat: string;
      readonly args?: { readonly op_name?: string; readonly provider?: string };
    }[];
    return events.flatMap(({ cat, args }) =>
      cat === 'Node' && args?.op_name !== undefined && args.provider !== undefined
        ? [[args.op_name, args.provider] as [string, string]]
        : [],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
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
    ['llamagen-c2i', class3, { window: 8, seed: 14, lookahead: 4 }],
    ['llamagen-t2i', caption, { seed: 15, lookahead: 8 }],
  ] as const) {
    const options = { ...OPTIONS, ...choices };
    const device = await LoadedModel.open(path.join(GOLDEN, folder), WEBGPU);
    if (runs.length === 0) listen((await device.transformer()).session, heard);
    heard.length = 0;
    const { tokens, passes, ties } = await decodeOn(device, prompt, options);
    const traffic = [...heard];
    // The CPU decodes without a lookahead.
    const onHost = await LoadedModel.open(path.join(GOLDEN, folder), CPU);
    const onCpu = await decodeOn(onHost, prompt, { ...OPTIONS, ...choices, lookahead: undefined });
    runs.push({
      what: `${folder} ${JSON.stringify(choices)}`,
      onDevice: tokens,
      onCpu: onCpu.tokens,
      passes,
      ties,
      traffic,
    });
  }
  return { draws, samplerProviders: await providersOfSampler(), runs };
}

void find().then((findings) => {
  process.stdout.write(`${JSON.stringify(findings)}\n`, () => process.exit(0));
});
