import { configureDecoder } from '../decoding/decoder-table';
import { Trace } from '../decoding/trace';
import { LoadedModel } from '../engine/loaded-model';
import type { Providers } from '../engine/providers';
import { planRun, type RunPlan } from '../engine/run-plan';
import { scoreTokens } from '../engine/score-tokens';
import type { ModelFolder } from '../model/model-folder';
import { UNHEARD, type PackingListener } from '../model/precision/packing-listener';
import type { GenerateRequest } from '../protocol';
import { mean } from './bootstrap';
import type { EvaluatedDecoder } from './evaluated-decoder';
import type { EvaluationResults, PictureResult } from './evaluation-results';
import type { Judge } from './judge';
import { holds, type EvaluationPrompt } from './prompt-set';

/** The pictures that an evaluation makes, and how. */
export interface EvaluationPlan {
  readonly decoders: readonly EvaluatedDecoder[];
  /** At least one. Picture n has prompt n modulo the number of prompts. */
  readonly prompts: readonly EvaluationPrompt[];
  /** Number of pictures for each decoder. */
  readonly images: number;
  /** Seed of picture 0. Picture n has seed + n for every decoder. */
  readonly seed: number;
  /** Sampling, guidance and provider; the model's own when absent. */
  readonly request: Omit<GenerateRequest, 'condition' | 'decoder' | 'decoderSettings' | 'seed' | 'model'>;
  readonly providers: Providers;
}

/** The share of one of `of` processes: the pictures whose number, divided by `of`, leaves the remainder `index`. */
export interface PictureShare {
  readonly index: number;
  readonly of: number;
}

/**
 * Makes every picture of a share that is still missing in `results`, judges it, and adds it at once. All decoders make one
 * picture before the next one begins. So other load on the machine affects all decoders alike.
 * @param judge undefined = likelihood only
 * @throws what a run throws; the results so far are kept
 */
export async function evaluate(
  model: ModelFolder,
  plan: EvaluationPlan,
  share: PictureShare,
  results: EvaluationResults,
  judge: Judge | undefined,
  onProgress: (made: number, wanted: number) => void,
  packing: PackingListener = UNHEARD,
): Promise<void> {
  const wanted = Math.ceil((plan.images - share.index) / share.of) * plan.decoders.length;
  let made = 0;
  let loaded: LoadedModel | undefined;
  try {
    for (let number = share.index; number < plan.images; number += share.of) {
      for (const each of plan.decoders) {
        if (!results.get(each.label, number)) {
          const run = await planPicture(model, plan, each, number);
          loaded ??= await warmedUp(model, run, packing);
          await results.add(await makePicture(loaded, run, plan, each, number, judge));
        }
        onProgress(++made, wanted);
      }
    }
  } finally {
    await loaded?.release();
  }
}

function planPicture(
  model: ModelFolder,
  { prompts, seed, request, providers }: EvaluationPlan,
  { decoder, settings }: EvaluatedDecoder,
  number: number,
): Promise<RunPlan> {
  const condition = prompts[number % prompts.length]?.condition;
  if (!condition) throw new Error('An evaluation needs a prompt.');
  return planRun(
    {
      ...request,
      condition,
      decoder,
      decoderSettings: settings,
      seed: (seed + number) % 2 ** 32,
    },
    model,
    providers,
  );
}

/**
 * Opens the model and runs it once. The first run of a session allocates and plans, so its time must not count for any
 * picture.
 */
async function warmedUp(
  model: ModelFolder,
  { job }: RunPlan,
  packing: PackingListener,
): Promise<LoadedModel> {
  const loaded = new LoadedModel(model, job.execution);
  const { input } = await loaded.preparePrompt(job.prompt);
  await loaded.transformer(packing);
  const forward = await loaded.forward(input, job.guidance);
  await forward.start();
  forward.release();
  return loaded;
}

async function makePicture(
  model: LoadedModel,
  { job, grid, steps }: RunPlan,
  { prompts }: EvaluationPlan,
  { label }: EvaluatedDecoder,
  number: number,
  judge: Judge | undefined,
): Promise<PictureResult> {
  const trace = new Trace(grid, steps.least);
  const { input } = await model.preparePrompt(job.prompt);
  const start = performance.now();
  const forward = await model.forward(input, job.guidance);
  const decoded = configureDecoder(job.decoding).decode(forward, job.sampling);
  for await (const step of decoded) trace.record(step, 0);
  const ms = performance.now() - start;

  const nll: number[] = [];
  const request = { prompt: input, guidance: job.guidance, tokens: trace.tokens };
  for await (const pass of scoreTokens(model, request)) nll.push(...pass.nll);

  const verdict = judge && (await judge.look(await model.decodeImage(trace.tokens)));
  const expectations = prompts[number % prompts.length]?.expectations ?? [];
  return {
    decoder: label,
    number,
    steps: trace.steps,
    ms: Math.round(ms * 100) / 100,
    tokens: Array.from(trace.tokens),
    nll: mean(nll),
    met: verdict ? expectations.map((expectation) => holds(expectation, verdict.classes)) : [],
    features: verdict ? Array.from(verdict.features, (value) => Number(value.toPrecision(5))) : [],
  };
}
