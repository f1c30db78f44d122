/**
 * What the precision of a transformer's weights costs and saves on the CPU: the error of the logits and the agreement of
 * tokens against the weights as stored, the time of a pass, opening, packing, memory, and bytes on the disk. Each precision
 * of each model is measured in processes of its own, so that a peak is of nothing else.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildVersions } from '../../sidecar/build-versions';
import { decode } from '../../sidecar/decoding/decode';
import { uniformAt } from '../../sidecar/decoding/noise';
import { chooseToken } from '../../sidecar/decoding/sampling';
import { Trace } from '../../sidecar/decoding/trace';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { ModelLibrary } from '../../sidecar/engine/model-library';
import { Providers } from '../../sidecar/engine/providers';
import { planRun, type RunPlan } from '../../sidecar/engine/run-plan';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import { negativeLogLikelihood } from '../../sidecar/model/llamagen/teacher-forcing';
import { weightBytes, type ModelFolder } from '../../sidecar/model/model-folder';
import type { Condition, WeightPrecision } from '../../sidecar/protocol';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { transformerShapes, TRANSFORMER_SIZES } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';

/** Only the CPU is asked for, which needs no proof. */
const PROVIDERS = Providers.ofThisMachine('');
const PRECISIONS: readonly WeightPrecision[] = ['stored', 'float16', 'int8', 'int4'];
/** Times that the cost is measured. */
const ROUNDS = Number(process.env.ZIPAR_BENCH_ROUNDS ?? 5);
/** A window of 4, which is a quarter of a width of 16. */
const WINDOW = 4;
const PROMPTS = ['mountains at dusk', 'a boat on the sea', 'hills and snow', 'desert at dawn'];
/** Pictures over which errors are taken; a larger model has more logits a picture. */
const PICTURES = { small: 16, large: 3 };
const LARGE_BYTES = 100e6;

/** How far a precision is from the weights as stored. */
interface Errors {
  readonly meanLogit: number;
  readonly maxLogit: number;
  /** Standard deviation of the logits, which the errors are to be held against. */
  readonly logitDeviation: number;
  /** By how much the negative log-likelihood of the stored weights' pictures grows, nats a token, without guidance. */
  readonly nats: number;
  /** Shares of tokens that are the same after the same tokens: the likeliest, and drawn under the same noise. */
  readonly greedy: number;
  readonly sampled: number;
  /** Share of the tokens that are the same in pictures made with either, under the same noise. */
  readonly free: number;
}

interface Cost {
  readonly openMs: number;
  readonly rasterMs: number;
  readonly windowMs: number;
  /** Bytes. */
  readonly peak: number;
}

function conditionOf({ manifest }: ModelFolder, number: number): Condition {
  return manifest.condition.kind === 'class'
    ? { kind: 'class', label: 50 * number }
    : { kind: 'prompt', prompt: PROMPTS[number % PROMPTS.length] ?? '' };
}

function planOf(
  model: ModelFolder,
  number: number,
  precision: WeightPrecision,
  window?: number,
): Promise<RunPlan> {
  return planRun(
    {
      condition: conditionOf(model, number),
      seed: 100 + number,
      provider: 'cpu',
      precision,
      tokensOnly: true,
      ...(window === undefined ? { decoder: 'raster' } : { window }),
    },
    model,
    PROVIDERS,
  );
}

async function picture(
  model: LoadedModel,
  { job, grid, steps }: RunPlan,
): Promise<{ tokens: Int32Array; stepMs: number[] }> {
  const trace = new Trace(grid, steps.least);
  const stepMs: number[] = [];
  const { input } = await model.prepareCondition(job.condition);
  const forward = await model.forward(input, job.guidance);
  let start = performance.now();
  for await (const step of decode(forward, job.options)) {
    stepMs.push(performance.now() - start);
    trace.record(step, 0);
    start = performance.now();
  }
  return { tokens: Int32Array.from(trace.tokens), stepMs };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** In a process of its own: packed before or not, opening is timed, then two pictures. */
async function measureCost(name: string, precision: WeightPrecision, withPictures: boolean): Promise<Cost> {
  const model = await new ModelLibrary(path.resolve('sidecar/models')).find(name);
  const raster = await planOf(model, 0, precision);
  const start = performance.now();
  const loaded = new LoadedModel(model, raster.job.execution);
  await loaded.transformer();
  const openMs = performance.now() - start;
  if (!withPictures) return { openMs, rasterMs: NaN, windowMs: NaN, peak: NaN };
  const rasterMs = median((await picture(loaded, raster)).stepMs);
  const windowed = await picture(loaded, await planOf(model, 0, precision, WINDOW));
  return { openMs, rasterMs, windowMs: median(windowed.stepMs), peak: process.resourceUsage().maxRSS * 1024 };
}

/** The logits of tokens after the tokens before them, a row a token. */
async function logitsOf(
  model: LoadedModel,
  { job }: RunPlan,
  tokens: Int32Array,
  guidance: number,
): Promise<Float32Array[]> {
  const { input: condition } = await model.prepareCondition(job.condition);
  const rows: Float32Array[] = [];
  for await (const pass of scoreTokens(model, { condition, guidance, tokens }))
    rows.push(...pass.logits.map((row) => row.slice()));
  return rows;
}

async function measureErrors(name: string, precision: WeightPrecision): Promise<Errors> {
  const model = await new ModelLibrary(path.resolve('sidecar/models')).find(name);
  const pictures = (await weightBytes(model)) > LARGE_BYTES ? PICTURES.large : PICTURES.small;
  const { execution } = (await planOf(model, 0, 'stored')).job;
  const stored = new LoadedModel(model, execution);
  const packed = new LoadedModel(model, { ...execution, precision });
  const sums = { logits: 0, error: 0, nats: 0, square: 0, sum: 0, tokens: 0, greedy: 0, sampled: 0, free: 0 };
  let maxLogit = 0;
  for (let number = 0; number < pictures; number++) {
    const plan = await planOf(model, number, 'stored');
    const { guidance, options } = plan.job;
    const { tokens } = await picture(stored, plan);
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
    const free = (await picture(packed, plan)).tokens;
    for (const [i, row] of guided[0].entries()) {
      const other = guided[1][i];
      if (!other) throw new Error('A token has no logits.');
      const noise = uniformAt(options.seed, i);
      const likeliest = { ...options, greedy: true };
      if (chooseToken(row, likeliest, 0).token === chooseToken(other, likeliest, 0).token) sums.greedy++;
      if (chooseToken(row, options, noise).token === chooseToken(other, options, noise).token) sums.sampled++;
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

/** Runs this program again, to measure one thing. */
function inProcess(
  what: 'open' | 'cost' | 'errors',
  model: string,
  precision: string,
  cache: string,
): unknown {
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

interface Row {
  readonly precision: WeightPrecision;
  readonly cache: string;
  readonly firstOpenMs: number;
  readonly packedBytes: number;
  readonly costs: Cost[];
}

async function packed(model: string, precision: WeightPrecision, folder: string): Promise<Row> {
  const cache = await mkdtemp(path.join(folder, 'cache-'));
  const { openMs } = inProcess('open', model, precision, cache) as Cost;
  const packedBytes = await bytesIn(path.join(cache, 'packed'));
  return { precision, cache, firstOpenMs: openMs, packedBytes, costs: [] };
}

async function measureModel(title: string, model: string, folder: string): Promise<void> {
  const rows: Row[] = [];
  for (const precision of PRECISIONS) rows.push(await packed(model, precision, folder));
  // In turn, so that what else the machine does falls on all alike.
  for (let round = 0; round < ROUNDS; round++)
    for (const { precision, cache, costs } of rows)
      costs.push(inProcess('cost', model, precision, cache) as Cost);
  console.log(`\n${title}\n\n| ${HEADER.join(' | ')} |\n|${'---|'.repeat(HEADER.length)}`);
  for (const row of rows) {
    const errors = inProcess('errors', model, row.precision, row.cache) as Errors;
    console.log(`| ${[...costCells(row), ...errorCells(row.precision, errors)].join(' | ')} |`);
    await rm(row.cache, { recursive: true });
  }
}

const HEADER = [
  'weights',
  'cache MB',
  'packing s',
  'open ms',
  'ms a pass, raster',
  `ms a pass, window ${WINDOW}`,
  'peak memory MB',
  'logit error, mean',
  'largest',
  'nats a token',
  'same likeliest',
  'same drawn',
  'same picture',
];

function costCells({ precision, packedBytes, firstOpenMs, costs }: Row): string[] {
  const middle = (figure: (cost: Cost) => number): number => median(costs.map(figure));
  const openMs = middle((cost) => cost.openMs);
  const isPacked = packedBytes > 0;
  return [
    precision,
    isPacked ? megabytes(packedBytes) : 'in place',
    isPacked ? ((firstOpenMs - openMs) / 1000).toFixed(1) : '–',
    openMs.toFixed(0),
    middle((cost) => cost.rasterMs).toFixed(1),
    middle((cost) => cost.windowMs).toFixed(1),
    megabytes(middle((cost) => cost.peak)),
  ];
}

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

async function measureAll(): Promise<void> {
  const { version, onnxruntime, node } = buildVersions();
  console.log(
    `Precision of weights; ZipAR Studio ${version}, ONNX Runtime ${onnxruntime}, Node ${node}; ${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores.`,
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
  try {
    await measureModel(`The embedded model, ${PICTURES.small} pictures of 16x16:`, 'vista-16', folder);
    const checkpoint = path.join(folder, 'c2i_B_256.safetensors');
    await writeSafetensors(checkpoint, randomTensors(transformerShapes(TRANSFORMER_SIZES.B), 7));
    await measureModel(`LlamaGen-B of noise, ${PICTURES.large} pictures of 16x16:`, checkpoint, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [what, model = '', precision] = process.argv.slice(2);
if (what === undefined) await measureAll();
else {
  const wanted = PRECISIONS.find((known) => known === precision) ?? 'stored';
  const figures =
    what === 'errors' ? measureErrors(model, wanted) : measureCost(model, wanted, what === 'cost');
  process.stdout.write(JSON.stringify(await figures));
}
