/**
 * Measures on the CPU what the precision of a transformer's weights costs. It compares logits and tokens with those of the
 * weights as stored. It also measures packing, and bytes on the disk. Separate processes measure each precision of each model.
 * `zipar bench` measures time and memory.
 *
 * Prints tables, and writes the figures to the file that is named.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildVersions } from '../../sidecar/build-versions';
import { configureDecoder } from '../../sidecar/decoding/decoder-table';
import { tokenNoise } from '../../sidecar/decoding/noise';
import { chooseToken } from '../../sidecar/decoding/sampling';
import { Trace } from '../../sidecar/decoding/trace';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { ModelLibrary } from '../../sidecar/engine/model-library';
import { Providers } from '../../sidecar/engine/providers';
import { planRun, type RunPlan } from '../../sidecar/engine/run-plan';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import { negativeLogLikelihood } from '../../sidecar/model/transformer/teacher-forcing';
import { weightBytes, type ModelFolder } from '../../sidecar/model/model-folder';
import type { Condition, WeightPrecision } from '../../sidecar/protocol';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { transformerShapes, TRANSFORMER_SIZES } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { tellTables, type FigureTable } from '../docs/figure-table';
import { EMBEDDED, SHIPPED_MODELS } from '../fixtures/embedded-model';

/** Providers of this machine. Only the CPU is used, and the CPU needs no proof. */
const PROVIDERS = Providers.ofThisMachine('');
const PRECISIONS: readonly WeightPrecision[] = ['stored', 'float16', 'int8', 'int4'];
const PROMPTS = ['mountains at dusk', 'a boat on the sea', 'hills and snow', 'desert at dawn'];
/** Number of pictures over which errors are taken. A larger model has more logits in a picture. */
const PICTURES = { small: 16, large: 3 };
const LARGE_BYTES = 100e6;

/** The differences between a precision and the weights as stored. */
interface Errors {
  readonly meanLogit: number;
  readonly maxLogit: number;
  /** Standard deviation of the logits: the scale for the errors. */
  readonly logitDeviation: number;
  /** Growth of the negative log-likelihood of the stored weights' pictures, in nats a token, without guidance. */
  readonly nats: number;
  /** Shares of equal tokens after the same earlier tokens: the likeliest token, and the token drawn with the same noise. */
  readonly greedy: number;
  readonly sampled: number;
  /** Share of equal tokens in pictures that each precision makes by itself, with the same noise. */
  readonly free: number;
}

function conditionOf(model: ModelFolder, number: number): Condition {
  return model.condition.kind === 'class'
    ? { kind: 'class', label: 50 * number }
    : { kind: 'prompt', prompt: PROMPTS[number % PROMPTS.length] ?? '' };
}

function planOf(model: ModelFolder, number: number, precision: WeightPrecision): Promise<RunPlan> {
  return planRun(
    {
      condition: conditionOf(model, number),
      seed: 100 + number,
      provider: 'cpu',
      precision,
      tokensOnly: true,
      decoder: 'raster',
    },
    model,
    PROVIDERS,
  );
}

/** Makes a picture and returns its tokens. */
async function picture(model: LoadedModel, { job, grid, steps }: RunPlan): Promise<Int32Array> {
  const trace = new Trace(grid, steps.least);
  const { input } = await model.preparePrompt(job.prompt);
  const forward = await model.forward(input, job.guidance);
  for await (const step of configureDecoder(job.decoding).decode(forward, job.sampling))
    trace.record(step, 0);
  return Int32Array.from(trace.tokens);
}

/** Measures opening in a separate process, in ms. Packing is included if the weights were not packed before. */
async function measureOpening(name: string, precision: WeightPrecision): Promise<number> {
  const model = await new ModelLibrary(SHIPPED_MODELS).find(name);
  const { job } = await planOf(model, 0, precision);
  const start = performance.now();
  await new LoadedModel(model, job.execution).transformer();
  return performance.now() - start;
}

/** The logits of each token, given the tokens before it. There is one row for each token. */
async function logitsOf(
  model: LoadedModel,
  { job }: RunPlan,
  tokens: Int32Array,
  guidance: number,
): Promise<Float32Array[]> {
  const { input: prompt } = await model.preparePrompt(job.prompt);
  const rows: Float32Array[] = [];
  for await (const pass of scoreTokens(model, { prompt, guidance, tokens }))
    rows.push(...pass.logits.map((row) => row.slice()));
  return rows;
}

async function measureErrors(name: string, precision: WeightPrecision): Promise<Errors> {
  const model = await new ModelLibrary(SHIPPED_MODELS).find(name);
  const pictures = (await weightBytes(model)) > LARGE_BYTES ? PICTURES.large : PICTURES.small;
  const { execution } = (await planOf(model, 0, 'stored')).job;
  const stored = new LoadedModel(model, execution);
  const packed = new LoadedModel(model, { ...execution, precision });
  const sums = { logits: 0, error: 0, nats: 0, square: 0, sum: 0, tokens: 0, greedy: 0, sampled: 0, free: 0 };
  let maxLogit = 0;
  for (let number = 0; number < pictures; number++) {
    const plan = await planOf(model, number, 'stored');
    const { guidance, sampling } = plan.job;
    const tokens = await picture(stored, plan);
    const own = [await logitsOf(stored, plan, tokens, 1), await logitsOf(packed, plan, tokens, 1)] as const;
    for (const [i, row] of own[0].entries()) {
      const other = own[1][i];
      if (!other) throw new Error('A token has no logits.');
      const token = tokens[i] ?? -1;
      sums.nats += negativeLogLikelihood(other, token) - negativeLogLikelihood(row, token);
      for (const [j, logit] of row.entries()) {
        const error = Math.abs((other[j] ?? NaN) - logit);
        maxLogit = Math.max(maxLogit, error);
        sums.error += error;
        sums.sum += logit;
        sums.square += logit * logit;
        sums.logits++;
      }
    }
    const guided = [
      await logitsOf(stored, plan, tokens, guidance),
      await logitsOf(packed, plan, tokens, guidance),
    ] as const;
    const free = await picture(packed, plan);
    for (const [i, row] of guided[0].entries()) {
      const other = guided[1][i];
      if (!other) throw new Error('A token has no logits.');
      const noise = tokenNoise(sampling.seed, i);
      const likeliest = { ...sampling, greedy: true };
      if (chooseToken(row, likeliest, noise).token === chooseToken(other, likeliest, noise).token)
        sums.greedy++;
      if (chooseToken(row, sampling, noise).token === chooseToken(other, sampling, noise).token)
        sums.sampled++;
      if (tokens[i] === free[i]) sums.free++;
      sums.tokens++;
    }
  }
  const mean = sums.sum / sums.logits;
  return {
    meanLogit: sums.error / sums.logits,
    maxLogit,
    logitDeviation: Math.sqrt(sums.square / sums.logits - mean * mean),
    nats: sums.nats / sums.tokens,
    greedy: sums.greedy / sums.tokens,
    sampled: sums.sampled / sums.tokens,
    free: sums.free / sums.tokens,
  };
}

/** Runs this program again in a separate process, to measure one thing. */
function inProcess(what: 'open' | 'errors', model: string, precision: string, cache: string): unknown {
  const { stdout, status } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), what, model, precision],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ZIPAR_CACHE: cache } },
  );
  if (status !== 0) throw new Error(`Measuring ${what} of ${precision} failed.`);
  return JSON.parse(stdout);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 100e6 ? 1 : 0);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch((): string[] => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function measureModel(model: string, folder: string): Promise<FigureTable> {
  const rows: string[][] = [];
  for (const precision of PRECISIONS) {
    const cache = await mkdtemp(path.join(folder, 'cache-'));
    const firstMs = inProcess('open', model, precision, cache) as number;
    const secondMs = inProcess('open', model, precision, cache) as number;
    const packedBytes = await bytesIn(path.join(cache, 'packed'));
    const packing =
      packedBytes > 0
        ? [megabytes(packedBytes), ((firstMs - secondMs) / 1000).toFixed(1)]
        : ['in place', '–'];
    const errors = inProcess('errors', model, precision, cache) as Errors;
    rows.push([precision, ...packing, ...errorCells(precision, errors)]);
    await rm(cache, { recursive: true });
  }
  return { heads: HEADER, rows };
}

const HEADER = [
  'weights',
  'cache MB',
  'packing s',
  'logit error, mean',
  'largest',
  'nats a token',
  'same likeliest',
  'same drawn',
  'same picture',
];

function errorCells(precision: WeightPrecision, errors: Errors): string[] {
  if (precision === 'stored') return [`(spread ${errors.logitDeviation.toFixed(2)})`, '', '', '', '', ''];
  return [
    errors.meanLogit.toPrecision(2),
    errors.maxLogit.toPrecision(2),
    `${errors.nats >= 0 ? '+' : ''}${errors.nats.toFixed(4)}`,
    percent(errors.greedy),
    percent(errors.sampled),
    percent(errors.free),
  ];
}

async function measureAll(file: string | undefined): Promise<void> {
  const { version, onnxruntime, node } = buildVersions();
  console.log(
    `Precision of weights; ZipAR Studio ${version}, ONNX Runtime ${onnxruntime}, Node ${node}; ${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores.`,
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
  try {
    const embedded = await measureModel(EMBEDDED.name, folder);
    const checkpoint = path.join(folder, 'c2i_B_256.safetensors');
    await writeSafetensors(checkpoint, randomTensors(transformerShapes(TRANSFORMER_SIZES.B), 7));
    const large = await measureModel(checkpoint, folder);
    const tables = {
      'precision, embedded model': embedded,
      'precision, LlamaGen-B of noise': large,
    };
    await tellTables(tables, file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [what, model = '', precision] = process.argv.slice(2);
if (what !== 'open' && what !== 'errors') await measureAll(what);
else {
  const wanted = PRECISIONS.find((known) => known === precision) ?? 'stored';
  const figures = what === 'errors' ? measureErrors(model, wanted) : measureOpening(model, wanted);
  process.stdout.write(JSON.stringify(await figures));
}
