import { randomInt } from 'node:crypto';
import type { StepBounds } from '../decoding/decoder';
import {
  chooseDecoding,
  configureDecoder,
  DEFAULT_DECODER,
  describeRunDecoder,
} from '../decoding/decoder-table';
import { NOISE } from '../decoding/noise';
import { checkSamplingOptions } from '../decoding/sampling';
import type { GridShape } from '../decoding/token-grid';
import { RasterLayout } from '../decoding/sequence-layout';
import { readCaptionFile } from '../model/caption-file';
import { checkWeights } from '../model/check-weights';
import { wordsInput, type ConditionInput } from '../model/llamagen/condition';
import { defaultWindow, imageDecoderOf, type ModelFolder } from '../model/model-folder';
import { vqDecoderOperations } from '../model/vq-decoder-operations';
import { encoderBytes } from '../model/t5/t5-config';
import { howToAddTextEncoder, readTextEncoder } from '../model/t5/text-encoder-folder';
import { cleanCaption } from '../prompt/clean-caption';
import { className } from '../prompt/class-names';
import { describeUnknownWords } from '../prompt/describe-unknown-words';
import { encodePrompt } from '../prompt/prompt-words';
import type { Condition, GenerateRequest, ProviderFailurePolicy, RunDecoder, RunSettings } from '../protocol';
import { cpuThreads } from './cpu-threads';
import type { CaptionText, DecodeJob } from './engine-messages';
import { chooseExecution, type ExecutionChoice } from './execution-choice';
import type { ProviderKnowledge } from './providers';
import { RequestError } from './request-error';

/** A request with every choice made and checked: one part for the inference thread, one part for watchers. */
export interface RunPlan {
  readonly job: DecodeJob;
  readonly settings: RunSettings;
  readonly execution: ExecutionChoice;
  readonly onProviderFailure: ProviderFailurePolicy;
  readonly grid: GridShape;
  readonly decoder: RunDecoder;
  readonly steps: StepBounds;
  readonly rasterSteps: number;
  /** Side of one token's patch in pixels; 0 without an image decoder. */
  readonly patch: number;
  /** Multiplications and additions that drawing the picture needs; 0 without an image decoder. */
  readonly pictureOperations: number;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/**
 * Plans a run and starts nothing.
 * @throws RequestError, ModelError, PromptError, DecoderError, SamplingError, WeightsError, ProviderFailure
 */
export async function planRun(
  request: GenerateRequest,
  model: ModelFolder,
  providers: ProviderKnowledge,
): Promise<RunPlan> {
  const { manifest } = model;
  const { defaults, vq } = manifest;
  const grid: GridShape = { height: manifest.grid[0], width: manifest.grid[1] };
  if (request.tokensOnly !== true) imageDecoderOf(model);
  const decoding = chooseDecoding(request.decoder ?? DEFAULT_DECODER, request.decoderSettings ?? {}, {
    grid,
    modelWindow: defaultWindow(manifest),
  });
  const sampling = {
    seed: request.seed ?? randomInt(2 ** 32),
    temperature: request.temperature ?? defaults.temperature,
    topK: request.topK ?? defaults.topK,
    topP: request.topP ?? defaults.topP,
    greedy: request.greedy ?? false,
  };
  checkSamplingOptions(sampling);
  const guidance = checkGuidance(request.guidance ?? defaults.guidance);
  const steps = configureDecoder(decoding).steps(grid);
  await checkWeights(model, request.tokensOnly !== true);
  const { input, notices } = await encodeCondition(request.condition, model, request.textEncoder);
  // This is last, because the trial of a provider may take seconds.
  const execution = await chooseExecution(request, model, providers);
  return {
    job: {
      folder: model.path,
      execution: execution.options,
      condition: input,
      guidance,
      decoding,
      sampling,
      withImage: request.tokensOnly !== true,
    },
    settings: {
      model: manifest.name,
      provider: execution.options.provider,
      precision: execution.options.precision,
      condition: request.condition,
      ...named(request.condition, model),
      decoder: decoding.decoder,
      decoderSettings: decoding.settings,
      guidance,
      ...sampling,
      noise: NOISE,
    },
    execution,
    onProviderFailure: request.onProviderFailure ?? 'fallback',
    grid,
    decoder: describeRunDecoder(decoding, grid),
    steps,
    rasterSteps: new RasterLayout(grid).length,
    patch: request.tokensOnly === true ? 0 : (vq?.downsample ?? 0),
    pictureOperations: vq ? vqDecoderOperations(vq, grid) : 0,
    notices: [...notices, ...execution.notices],
  };
}

/** The same run on another provider. */
export function movedTo(execution: ExecutionChoice, plan: RunPlan): RunPlan {
  return {
    ...plan,
    job: { ...plan.job, execution: execution.options },
    settings: { ...plan.settings, provider: execution.options.provider },
    execution,
  };
}

function named(condition: Condition, { manifest }: ModelFolder): Pick<RunSettings, 'className'> {
  if (condition.kind !== 'class' || manifest.condition.kind !== 'class') return {};
  const name = className(condition.label, manifest.condition.classes);
  return name === undefined ? {} : { className: name };
}

/** Checks a classifier-free guidance scale and returns it. @throws RequestError when it is out of range */
export function checkGuidance(guidance: number): number {
  if (guidance >= 0 && guidance <= 100) return guidance;
  throw new RequestError(`Guidance ${guidance} is outside 0..100; 1 means none.`);
}

/** A condition in the form that a model takes. */
interface EncodedCondition {
  /** The model's input, or the text that its text encoder turns into that input. */
  readonly input: ConditionInput | CaptionText;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/**
 * Turns a request's condition into the form that the model takes.
 * @param textEncoder folder of the text encoder to use instead of the one that comes with the model
 * @throws RequestError when the model takes another kind of condition, or has no such class; PromptError, ModelError,
 *   WeightsError
 */
export async function encodeCondition(
  condition: Condition,
  model: ModelFolder,
  textEncoder?: string,
): Promise<EncodedCondition> {
  const { manifest, vocabulary, folder } = model;
  const wanted = manifest.condition;
  if (condition.kind === 'prompt' && wanted.kind === 'caption-embedding') {
    const encoder = textEncoder ?? model.textEncoder;
    if (encoder !== undefined)
      return { input: await captionText(condition.prompt, encoder, wanted.dim), notices: [] };
  }
  if (condition.kind === 'prompt' && wanted.kind === 'words' && vocabulary) {
    const encoded = encodePrompt(condition.prompt, vocabulary, wanted.tokens);
    const notices = encoded.unknown.length > 0 ? [describeUnknownWords(encoded.unknown)] : [];
    if (encoded.truncated)
      notices.push(
        `The prompt has more words than the ${wanted.tokens} this model reads; the last ones were left out.`,
      );
    return { input: wordsInput(encoded.ids, wanted.tokens), notices };
  }
  if (condition.kind === 'class' && wanted.kind === 'class') {
    if (condition.label >= wanted.classes)
      throw new RequestError(
        `Class ${condition.label} is outside 0..${wanted.classes - 1} of ${manifest.name}.`,
      );
    return { input: { kind: 'ids', ids: [condition.label], padded: [false] }, notices: [] };
  }
  if (condition.kind === 'caption' && wanted.kind === 'caption-embedding') {
    return { input: await readCaptionFile(condition.file, wanted.tokens, wanted.dim), notices: [] };
  }
  const refusal = `${manifest.name} (${folder}) takes ${CONDITION_NEEDED[wanted.kind]}, not a ${condition.kind}.`;
  throw new RequestError(
    condition.kind === 'prompt' && wanted.kind === 'caption-embedding'
      ? `${refusal} To give it prompts, add its text encoder: ${howToAddTextEncoder(folder)}.`
      : refusal,
  );
}

/** The text encoder's input. The encoder's folder has been checked, but not its weights. @throws RequestError, ModelError */
async function captionText(prompt: string, encoder: string, dim: number): Promise<CaptionText> {
  if (prompt.length > MAX_PROMPT_LENGTH)
    throw new RequestError(
      `The prompt has ${prompt.length} characters; shorten it to ${MAX_PROMPT_LENGTH} at most.`,
    );
  const caption = cleanCaption(prompt);
  if (caption === '') {
    throw new RequestError(
      prompt.trim() === ''
        ? 'The prompt is empty; say what the picture shall show.'
        : 'Of the prompt nothing is left once addresses, codes and symbols are taken out, as the model was trained; describe the picture in words.',
    );
  }
  const { folder, config } = await readTextEncoder(encoder, dim);
  // The text encoder reads each weight once. To copy the weights to a GPU takes longer than to run them.
  return {
    kind: 'text',
    caption,
    encoder: folder,
    execution: { provider: 'cpu', threads: cpuThreads(encoderBytes(config)) },
  };
}

/** Characters of a prompt at most. */
const MAX_PROMPT_LENGTH = 10_000;

const CONDITION_NEEDED = {
  none: 'no condition and cannot generate',
  class: 'a class (--class N)',
  'caption-embedding': 'a caption-embedding file (--caption FILE.safetensors)',
  words: 'a prompt in words',
} as const;
