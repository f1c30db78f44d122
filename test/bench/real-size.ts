/**
 * Measures Emu3-Gen at its published size on this machine, in 4 bits. It measures packing, opening, the first steps of a 90x90
 * picture with guidance, and steps in the middle of a picture.
 *
 * `npm run bench -- emu3` makes the checkpoint of noise first, which takes 17 GB, and deletes it in the end. With
 * `--model FOLDER` it measures a folder that is there, and leaves it. `--cache FOLDER` keeps the packed weights.
 *
 * Keys and values of the middle are noise: to compute them would take an hour. Each part runs in a process of its own, so its
 * peak memory is that part's own.
 */
import { fork, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { median } from '../../sidecar/benchmark/spread';
import type { TokenInput } from '../../sidecar/decoding/token-input';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { cpuThreads } from '../../sidecar/engine/cpu-threads';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { readModelFolder, transformerOf, type ModelFolder } from '../../sidecar/model/model-folder';
import { UNHEARD } from '../../sidecar/model/precision/packing-listener';
import { PictureForward, type LoadedTransformer } from '../../sidecar/model/transformer/picture-forward';
import { openDescription, openTransformerWeights } from '../../sidecar/model/transformer/transformer-weights';
import type { Program } from '../../sidecar/runtime/runtime';
import { HostTensor, type Tensors } from '../../sidecar/runtime/tensor';

const WINDOW = 7;
const FIRST_STEPS = 60;
/** Tokens in a step whose time is measured in the middle of a picture. A window of 7 has 13 rows in work. */
const MIDDLE_TOKENS = [1, 2, 4, 8, 13];
const MIDDLE_REPEATS = 3;
/** Tokens whose keys and values are handed over at once. */
const FILL_TOKENS = 128;
const SAMPLING = { seed: 7, temperature: 1, topK: 2048, topP: 1, greedy: false };

type Part = 'pack' | 'first' | 'middle';

/** A timed step. `cpuSeconds` counts all threads, so other programs change it less than `seconds`. */
interface TimedStep {
  readonly tokens: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

interface Figures {
  /** From nothing to packed weights (`pack`), or to a transformer that is ready. */
  readonly openSeconds: number;
  readonly steps: readonly TimedStep[];
  readonly peakBytes: number;
}

async function measure(part: Part, folder: string): Promise<Figures> {
  const start = performance.now();
  const model = await readModelFolder(folder);
  const execution = { provider: 'cpu', threads: cpuThreads(Infinity), precision: 'int4' } as const;
  const loaded = new LoadedModel(model, execution);
  if (part === 'pack')
    await openTransformerWeights(await openDescription(folder, transformerOf(model)), execution, UNHEARD);
  else await loaded.transformer();
  const openSeconds = (performance.now() - start) / 1000;
  process.stderr.write(`${part}: ready after ${openSeconds.toFixed(1)} s\n`);
  const prompt = await usualPrompt(model);
  const steps: Readonly<Record<Part, () => Promise<TimedStep[]>>> = {
    pack: () => Promise.resolve([]),
    first: () => firstSteps(loaded, prompt),
    middle: async () => middleSteps(await loaded.transformer(), prompt),
  };
  return { openSeconds, steps: await steps[part](), peakBytes: process.resourceUsage().maxRSS * 1024 };
}

type Prompt = ConstructorParameters<typeof PictureForward>[1];
/** Tokens of a half. The tokenizer of a checkpoint of noise knows no words, so its prompts are several times as long. */
const PROMPT_TOKENS = 60;

async function usualPrompt(model: ModelFolder): Promise<Prompt> {
  const { kind, conditional, unconditional } = await model.anyPrompt();
  const cut = (half: Prompt['conditional']): Prompt['conditional'] => {
    if (half.kind !== 'ids') throw new Error('Emu3 takes ids.');
    return { kind: 'ids', ids: half.ids.slice(-PROMPT_TOKENS), padded: half.padded.slice(-PROMPT_TOKENS) };
  };
  return { kind, conditional: cut(conditional), unconditional: cut(unconditional) };
}

const GUIDANCE = 3;

/** The first steps of a picture. The first of all is the prompt's. */
async function firstSteps(model: LoadedModel, prompt: Prompt): Promise<TimedStep[]> {
  const forward = await model.forward(prompt, GUIDANCE);
  const options = { window: WINDOW, firstRow: 'windowed', rowStart: 'fixed', standIn: 'nearest' } as const;
  const steps: TimedStep[] = [];
  const decoded = decodeZipar(forward, { ...options, ...SAMPLING });
  for (let step = 0; step < FIRST_STEPS; step++) {
    const timed = stopwatch();
    const next = await decoded.next();
    if (next.done === true) break;
    steps.push(timed(step === 0 ? forward.promptLength : next.value.inputs.length));
    process.stderr.write(`step ${step + 1}: ${steps.at(-1)?.seconds.toFixed(1) ?? ''} s\n`);
  }
  return steps;
}

/** Steps when half of the picture has keys and values. */
async function middleSteps(transformer: LoadedTransformer, prompt: Prompt): Promise<TimedStep[]> {
  const filling = new NoiseSession(transformer);
  const forward = new PictureForward({ ...transformer, session: filling.session }, prompt, GUIDANCE);
  const { layout } = forward;
  const inputs = Array.from({ length: (layout.grid.height * layout.grid.width) / 2 }, (_, cell) => [
    ...layout.fixedBefore(cell),
    layout.inputOf(cell, cell % 2),
  ]).flat();
  await forward.start();
  for (let begin = 0; begin < inputs.length; begin += FILL_TOKENS)
    await forward.step(inputs.slice(begin, begin + FILL_TOKENS), [0]);
  filling.isReal = true;
  const steps: TimedStep[] = [];
  for (const tokens of MIDDLE_TOKENS) {
    for (let repeat = 0; repeat < MIDDLE_REPEATS; repeat++) {
      const fed = inputs.slice(-tokens).map((input): TokenInput => ({ ...input }));
      const timed = stopwatch();
      await forward.step(
        fed,
        fed.map((_, i) => i),
      );
      steps.push(timed(tokens));
      forward.forget(fed);
    }
    process.stderr.write(`${tokens} tokens: ${steps.at(-1)?.seconds.toFixed(1) ?? ''} s\n`);
  }
  return steps;
}

function stopwatch(): (tokens: number) => TimedStep {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return (tokens) => {
    const { user, system } = process.cpuUsage(cpu);
    return { tokens, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** The transformer's session, which puts out noise until `isReal`. */
class NoiseSession {
  isReal = false;
  readonly session: Program;

  constructor({ session, description: { cache, codes } }: LoadedTransformer) {
    const run = (feeds: Tensors): Promise<Tensors> => {
      if (this.isReal) return session.run(feeds);
      const [batch = 0, n = 0] = feeds.tokens?.dims ?? [];
      const rows = 2 * cache.layers * batch;
      const noise = Float32Array.from(
        { length: rows * cache.kvHeads * n * cache.headDim },
        (_, i) => ((i * 2654435761) % 1024) / 1024 - 0.5,
      );
      const predicting = feeds.predicting?.dims[0] ?? 0;
      return Promise.resolve({
        keys_values: new HostTensor('float32', noise, [rows, cache.kvHeads, n, cache.headDim]),
        logits: new HostTensor('float32', new Float32Array(batch * predicting * codes), [
          batch,
          predicting,
          codes,
        ]),
      });
    };
    this.session = { inputNames: session.inputNames, run, release: () => session.release() };
  }
}

/** Runs a part in a process of its own. */
function inProcess(part: Part, folder: string, cache: string): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const child = fork(process.argv[1] ?? '', ['--part', part, '--model', folder], {
      env: { ...process.env, ZIPAR_CACHE: cache },
    });
    child.on('message', (figures) => {
      resolve(figures as Figures);
    });
    child.on('exit', (code) => {
      reject(new Error(`The part ${part} ended with exit code ${code ?? 'unknown'}.`));
    });
  });
}

function report(packed: Figures, first: Figures, middle: Figures): string {
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const threads = cpuThreads(Infinity);
  const lines = [
    `Packing to 4 bits: ${packed.openSeconds.toFixed(0)} s, peak memory ${gigabytes(packed.peakBytes)}.`,
    `Opening: ${first.openSeconds.toFixed(1)} s. Peak memory: ${gigabytes(first.peakBytes)} in the first ${FIRST_STEPS} steps, ${gigabytes(middle.peakBytes)} with half of a picture.`,
    '',
    `| steps | tokens | seconds a step | processor time / ${threads} threads |`,
    '|---|---|---|---|',
  ];
  const row = (what: string, steps: readonly TimedStep[]): void => {
    for (const tokens of [...new Set(steps.map((step) => step.tokens))].sort((a, b) => a - b)) {
      const alike = steps.filter((step) => step.tokens === tokens);
      const seconds = median(alike.map((step) => step.seconds));
      const cpu = median(alike.map((step) => step.cpuSeconds)) / threads;
      lines.push(`| ${what} | ${tokens} | ${seconds.toFixed(2)} | ${cpu.toFixed(2)} |`);
    }
  };
  row('first', first.steps);
  row('middle', middle.steps);
  return lines.join('\n');
}

/** Makes the checkpoint of noise. */
function makeCheckpoint(folder: string): string {
  const args = ['scripts/make-published-checkpoint.mjs', '--model', 'emu3-gen', '--out', folder];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`The checkpoint was not made: exit code ${status ?? 'unknown'}.`);
  return folder;
}

const { values } = parseArgs({
  options: { model: { type: 'string' }, cache: { type: 'string' }, part: { type: 'string' } },
});
if (values.part !== undefined) {
  const figures = await measure(values.part as Part, values.model ?? '');
  if (process.send) process.send(figures, () => process.exit(0));
  else console.log(JSON.stringify(figures));
} else {
  const home = await mkdtemp(path.join(tmpdir(), 'zipar-real-size-'));
  try {
    const folder = values.model ?? makeCheckpoint(path.join(home, 'Emu3-Gen'));
    const cache = values.cache ?? path.join(home, 'cache');
    const packed = await inProcess('pack', folder, cache);
    const first = await inProcess('first', folder, cache);
    console.log(report(packed, first, await inProcess('middle', folder, cache)));
  } finally {
    await rm(home, { recursive: true });
  }
}
