import { configureDecoder } from '../decoding/decoder-table';
import { LoadedModel } from '../engine/loaded-model';
import type { Providers } from '../engine/providers';
import { Run } from '../engine/run';
import { planRun, type RunPlan } from '../engine/run-plan';
import { negativeLogLikelihoods } from '../engine/score-tokens';
import type { ModelFolder } from '../model/model-folder';
import { UNHEARD, type PackingListener } from '../model/precision/packing-listener';
import type { GenerateRequest } from '../protocol';
import { mean } from './bootstrap';
import type { EvaluatedDecoder } from './evaluated-decoder';
import type { EvaluationResults, PictureResult } from './evaluation-results';
import type { Judge } from './judge';
import type { KeptPictures } from './kept-pictures';
import { holds, type EvaluationPrompt } from './prompt-set';

/** Says which pictures an evaluation makes, and with which settings. */
export interface EvaluationPlan {
  readonly decoders: readonly EvaluatedDecoder[];
  /** The prompts, at least one. Picture n has the prompt with the number n modulo the number of prompts. */
  readonly prompts: readonly EvaluationPrompt[];
  /** The number of pictures for each decoder. */
  readonly images: number;
  /** The seed of picture 0. Picture n has the seed (seed + n) modulo 2^32, with every decoder. */
  readonly seed: number;
  /** Sampling, guidance and provider. The model's defaults count for absent fields. */
  readonly request: Omit<GenerateRequest, 'condition' | 'decoder' | 'decoderSettings' | 'seed' | 'model'>;
  readonly providers: Providers;
  /** Where the first pictures of each decoder are kept; undefined for a model that makes tokens only. */
  readonly kept: KeptPictures | undefined;
}

/** The pictures that one of several processes makes: picture n belongs to the process with the number n modulo `of`. */
export interface PictureShare {
  /** The number of this process, 0..of-1. */
  readonly index: number;
  /** The number of processes. */
  readonly of: number;
}

/**
 * Makes the pictures of a share that are missing in `results`. It judges each picture and adds it to `results` at once. All
 * decoders make picture n before the first of them makes the next picture. So other load on the machine affects all decoders
 * alike.
 * @param judge undefined = pictures are not judged; only the likelihood of their tokens is computed
 * @param onProgress called after each picture of the share, also after pictures that `results` already had
 * @throws the error of the run that fails; the results so far are kept
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
        const isKept = (await plan.kept?.isMissing(each.label, number)) === true;
        const isKnown = results.get(each.label, number) !== undefined;
        if (isKept || !isKnown) {
          const run = await planPicture(model, plan, each, number, isKept);
          loaded ??= await warmedUp(model, run, packing);
          const result = await makePicture(loaded, run, plan, each, number, judge, isKept);
          if (!isKnown) await results.add(result);
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
  isKept: boolean,
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
      tokensOnly: request.tokensOnly === true && !isKept,
    },
    model,
    providers,
  );
}

/**
 * Opens the model and computes one step. The first step after the opening takes longer, because ONNX Runtime allocates memory
 * in it. So its time does not count for any picture.
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
  runPlan: RunPlan,
  { prompts, kept }: EvaluationPlan,
  { label }: EvaluatedDecoder,
  number: number,
  judge: Judge | undefined,
  isKept: boolean,
): Promise<PictureResult> {
  const { job } = runPlan;
  const run = new Run(number + 1, runPlan);
  const { trace } = run;
  const { input } = await model.preparePrompt(job.prompt);
  const start = performance.now();
  const forward = await model.forward(input, job.guidance);
  const decoded = configureDecoder(job.decoding).decode(forward, job.sampling);
  let stepStart = start;
  for await (const step of decoded) {
    const now = performance.now();
    trace.record(step, now - stepStart);
    stepStart = now;
  }
  const ms = performance.now() - start;

  const request = { prompt: input, guidance: job.guidance, tokens: trace.tokens };
  const nll = await negativeLogLikelihoods(model, request);

  const image = judge || isKept ? await model.decodeImage(trace.tokens) : undefined;
  const verdict = image && (await judge?.look(image));
  if (isKept && image) {
    run.endDecoding(ms);
    run.stage = { kind: 'complete', picture: image };
    await kept?.add(label, number, run, image);
  }
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
