import type { DecodedStep, SeededSampling } from '../decoding/decoder';
import { configureDecoder } from '../decoding/decoder-table';
import type { Forward } from '../decoding/forward';
import { Trace } from '../decoding/trace';
import { LoadedModel } from '../engine/loaded-model';
import type { SequenceLayout } from '../decoding/sequence-layout';
import type { TokenInput } from '../decoding/token-input';
import { readModelFolder, type ModelFolder } from '../model/model-folder';
import type { PictureForward } from '../model/transformer/picture-forward';
import type { PassSize } from './pass-cost';
import { median } from './spread';
import { SessionClock } from './session-clock';
import type { ExecutionOptions } from '../runtime/runtime';

/** What is measured of a model in each round. */
export interface RoundRequest {
  /** Absolute path of the model's folder or weight file. */
  readonly model: string;
  readonly execution: ExecutionOptions;
  readonly guidance: number;
  /** Windows. One picture is made with each; raster order is the width of the grid. */
  readonly windows: readonly number[];
  /** Lookaheads. A further picture is made with each of them at each window. */
  readonly lookaheads: readonly number[];
  /** Numbers of tokens in a step. */
  readonly tokens: readonly number[];
  /** Lengths, in tokens of the picture. Each says how many tokens have keys and values when a step is timed. */
  readonly lengths: readonly number[];
  /** Number of steps of each kind that are timed. */
  readonly passes: number;
}

/** The figures of one round. Times are in ms. */
export interface RoundFigures {
  /** Time from nothing to a transformer that is ready to run. */
  readonly loadMs: number;
  /** Processor time of all threads while loading. Other programs on the machine do not change it. */
  readonly loadCpuMs: number;
  readonly pictures: readonly {
    readonly window: number;
    /** Absent for a picture without a lookahead. */
    readonly lookahead?: number;
    readonly steps: number;
    readonly ms: number;
    /** The part of `ms` that is spent inside ONNX Runtime. */
    readonly modelMs: number;
    /** Passes of the picture, the prompt's first. */
    readonly passes: readonly PassSize[];
  }[];
  /** Median time of the passes. */
  readonly stepMs: readonly { readonly tokens: number; readonly ms: number }[];
  readonly cacheMs: readonly { readonly length: number; readonly ms: number }[];
  /** Time of drawing a picture from its tokens; null without an image decoder. */
  readonly imageMs: number | null;
  /** Peak memory of this process once the pictures are made, bytes. */
  readonly peakBytes: number;
}

const SEED = 7;

/** Measures one round, in a process that has done nothing else. @throws ModelError, WeightsError, PrecisionError */
export async function measureRound(request: RoundRequest): Promise<RoundFigures> {
  const { execution, guidance, windows, lookaheads, lengths, passes } = request;
  const start = performance.now();
  const cpu = process.cpuUsage();
  const model = await readModelFolder(request.model);
  const loaded = new LoadedModel(model, execution);
  const transformer = await loaded.transformer();
  const loadMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const clock = new SessionClock();
  clock.watch(transformer.session);
  if (transformer.promptSession) clock.watch(transformer.promptSession);
  const prompt = await model.anyPrompt();
  const begin = async (): Promise<Forward> => {
    const forward = await loaded.forward(prompt, guidance);
    await forward.start();
    return forward;
  };
  const [height, width] = model.grid;
  const tokens = new Int32Array(height * width);
  const picture = async (window: number, lookahead = 0): Promise<RoundFigures['pictures'][number]> => {
    const before = clock.ms;
    const forward = await loaded.forward(prompt, guidance);
    const { passes, ms } = await makePicture(model, forward, { window, lookahead }, tokens);
    const looked = lookahead === 0 ? {} : { lookahead };
    return { window, ...looked, steps: passes.length, ms, modelMs: clock.ms - before, passes };
  };
  await stepsByTokens(await begin(), 0, request.tokens, 1);
  await warmUp(windows.at(-1), picture);
  const pictures: RoundFigures['pictures'][number][] = [];
  for (const window of windows)
    for (const lookahead of [0, ...lookaheads]) pictures.push(await picture(window, lookahead));
  const imageMs = model.imageDecoder && windows.length > 0 ? await drawingMs(loaded, tokens) : null;
  return {
    loadMs,
    loadCpuMs: (user + system) / 1000,
    pictures,
    imageMs,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    stepMs: await stepsByTokens(await begin(), Math.ceil(tokens.length / 2), request.tokens, passes),
    cacheMs: lengths.length === 0 ? [] : await stepsByLength(await begin(), lengths, passes),
  };
}

/** The model's default sampling. */
function samplingOf({ defaults: { temperature, topK, topP } }: ModelFolder): SeededSampling {
  return { seed: SEED, temperature, topK, topP, greedy: false };
}

/**
 * Makes a picture with ZipAR.
 * @param tokens array that receives the tokens of the picture
 */
async function makePicture(
  model: ModelFolder,
  forward: PictureForward,
  settings: { readonly window: number; readonly lookahead: number },
  tokens: Int32Array,
): Promise<{ passes: PassSize[]; ms: number }> {
  const start = performance.now();
  const trace = new Trace(forward.layout.grid, 0);
  const steps: DecodedStep[] = [];
  const zipar = { decoder: 'zipar', settings: { ...settings, firstRow: 'windowed', standIn: 'nearest' } };
  for await (const step of configureDecoder(zipar).decode(forward, samplingOf(model))) {
    trace.record(step, 0);
    steps.push(step);
  }
  const ms = performance.now() - start;
  tokens.set(trace.tokens);
  return { passes: passSizes(steps, forward.promptLength), ms };
}

function passSizes(steps: readonly DecodedStep[], prefix: number): PassSize[] {
  const fed = new Set<number>();
  return steps.map(({ inputs, decisions }, i) => {
    for (const { position } of inputs) fed.add(position);
    return {
      fed: i === 0 ? prefix : inputs.length,
      predicting: decisions.length,
      there: prefix + fed.size,
    };
  });
}

/**
 * Least time of the warm-up. It suffices for everything that is compiled while it runs: JavaScript, and a provider's
 * shaders.
 */
const WARM_UP_MS = 500;

/** @param window the narrowest window: one picture with it is the least warm-up */
async function warmUp(
  window: number | undefined,
  picture: (window: number) => Promise<unknown>,
): Promise<void> {
  const end = performance.now() + WARM_UP_MS;
  while (window !== undefined && performance.now() < end) await picture(window);
}

/** @param filled tokens of the picture that have keys and values when steps are timed; more when a step has more tokens */
async function stepsByTokens(
  forward: Forward,
  filled: number,
  counts: readonly number[],
  passes: number,
): Promise<RoundFigures['stepMs']> {
  if (counts.length === 0) return [];
  const end = Math.max(filled, ...counts);
  await feed(forward, 0, end);
  const figures: RoundFigures['stepMs'][number][] = [];
  for (const tokens of counts) figures.push({ tokens, ms: await medianStepMs(forward, tokens, end, passes) });
  return figures;
}

/** @param lengths in rising order */
async function stepsByLength(
  forward: Forward,
  lengths: readonly number[],
  passes: number,
): Promise<RoundFigures['cacheMs']> {
  const figures: RoundFigures['cacheMs'][number][] = [];
  let fed = 0;
  for (const length of lengths) {
    await feed(forward, fed, length);
    fed = length;
    figures.push({ length, ms: await medianStepMs(forward, 1, length, passes) });
  }
  return figures;
}

/** Most tokens that are fed at once. More would need memory that no picture needs. */
const FEED_TOKENS = 64;

/** Feeds the positions `from` to `to`. */
async function feed(forward: Forward, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += FEED_TOKENS)
    await forward.step(inputs(forward.layout, start, Math.min(to, start + FEED_TOKENS)), [0]);
}

/** Median time of steps that follow one another, as in a picture. One untimed step goes first. */
async function medianStepMs(forward: Forward, count: number, end: number, passes: number): Promise<number> {
  await stepMs(forward, count, end);
  const times: number[] = [];
  for (let pass = 0; pass < passes; pass++) times.push(await stepMs(forward, count, end));
  return median(times);
}

/**
 * Time of a step of `count` tokens at the last positions before `end`. All of them predict, as if each stood in another
 * row. The step's inputs are forgotten afterwards.
 */
async function stepMs(forward: Forward, count: number, end: number): Promise<number> {
  const fed = inputs(forward.layout, end - count, end);
  const start = performance.now();
  await forward.step(
    fed,
    fed.map((_, i) => i),
  );
  const ms = performance.now() - start;
  forward.forget(fed);
  return ms;
}

/**
 * Inputs for a range of positions, row terminators included. The choice of tokens does not change the time; every codebook
 * has these two.
 */
function inputs(layout: SequenceLayout, from: number, to: number): TokenInput[] {
  const { height, width } = layout.grid;
  const cells = Array.from({ length: height * width }, (_, cell) => cell);
  const sequence = cells.flatMap((cell) => [...layout.fixedBefore(cell), layout.inputOf(cell, cell % 2)]);
  return sequence.slice(from, to).map((input) => ({ ...input }));
}

async function drawingMs(model: LoadedModel, tokens: Int32Array): Promise<number> {
  await model.decodeImage(tokens);
  const start = performance.now();
  await model.decodeImage(tokens);
  return performance.now() - start;
}
