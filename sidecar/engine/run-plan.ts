import { randomInt } from 'node:crypto';
import { checkSamplingOptions } from '../decoding/sampling';
import type { GridShape } from '../decoding/token-grid';
import { countRasterSteps, countSteps, type StepBounds } from '../decoding/zipar-schedule';
import { readCaptionFile } from '../model/caption-file';
import { wordsInput, type ConditionInput } from '../model/llamagen/condition';
import { defaultWindow, imageDecoderOf, weightBytes, type ModelFolder } from '../model/model-folder';
import { describeUnknownWords } from '../prompt/describe-unknown-words';
import { encodePrompt } from '../prompt/prompt-words';
import type { Condition, GenerateRequest, RunSettings } from '../protocol';
import type { DecodeJob } from './engine-messages';
import { chooseExecution } from './execution-choice';
import { choosePrecisionFor } from './precision-choice';
import { RequestError } from './request-error';

/** A request with every choice made and checked: what the inference thread is told, and what watchers are told. */
export interface RunPlan {
  readonly job: DecodeJob;
  readonly settings: RunSettings;
  readonly grid: GridShape;
  readonly steps: StepBounds;
  readonly rasterSteps: number;
  /** Side of one token's patch in pixels; 0 without an image decoder. */
  readonly patch: number;
  /** Why the weights have the precision they have, a sentence for the log. */
  readonly precisionReason: string;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/** @throws RequestError, ModelError, PromptError, WindowError, SamplingError, WeightsError: nothing was started yet */
export async function planRun(request: GenerateRequest, model: ModelFolder): Promise<RunPlan> {
  const { manifest } = model;
  const { defaults, vq } = manifest;
  const grid: GridShape = { height: manifest.grid[0], width: manifest.grid[1] };
  if (request.tokensOnly !== true) imageDecoderOf(model);
  const decoder = request.decoder ?? 'zipar';
  const window = decoder === 'raster' ? grid.width : (request.window ?? defaultWindow(manifest));
  const execution = chooseExecution(request.provider ?? 'auto', await weightBytes(model));
  const sampling = {
    temperature: request.temperature ?? defaults.temperature,
    topK: request.topK ?? defaults.topK,
    topP: request.topP ?? defaults.topP,
    greedy: request.greedy ?? false,
  };
  checkSamplingOptions(sampling);
  const choices = {
    window,
    firstRow: request.firstRow ?? 'windowed',
    standIn: request.standIn ?? 'nearest',
    seed: request.seed ?? randomInt(2 ** 32),
    ...sampling,
  } as const;
  const rowStart = decoder === 'zipar-adaptive' ? 'adaptive' : 'fixed';
  const guidance = checkGuidance(request.guidance ?? defaults.guidance);
  const steps = countSteps({ grid, window, firstRow: choices.firstRow, rowStart });
  const { input, notices } = await encodeCondition(request.condition, model);
  const { precision, ...chosen } = await choosePrecisionFor(
    model,
    request.precision ?? 'auto',
    execution.provider,
  );
  return {
    job: {
      folder: model.path,
      execution: { ...execution, precision },
      condition: input,
      guidance,
      options: { ...choices, rowStart },
      withImage: request.tokensOnly !== true,
    },
    settings: {
      model: manifest.name,
      provider: execution.provider,
      precision,
      condition: request.condition,
      decoder,
      guidance,
      ...choices,
    },
    grid,
    steps,
    rasterSteps: countRasterSteps(grid),
    patch: request.tokensOnly === true ? 0 : (vq?.downsample ?? 0),
    precisionReason: chosen.reason,
    notices: chosen.isNews ? [...notices, chosen.reason] : notices,
  };
}

/** A classifier-free guidance scale, as it is. @throws RequestError when it is out of range */
export function checkGuidance(guidance: number): number {
  if (guidance >= 0 && guidance <= 100) return guidance;
  throw new RequestError(`Guidance ${guidance} is outside 0..100; 1 means none.`);
}

/** A condition as a model takes it. */
interface EncodedCondition {
  readonly input: ConditionInput;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/** @throws RequestError when the model takes another kind of condition, or has no such class; PromptError, ModelError, WeightsError */
export async function encodeCondition(
  condition: Condition,
  { manifest, vocabulary, folder }: ModelFolder,
): Promise<EncodedCondition> {
  const wanted = manifest.condition;
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
  throw new RequestError(
    `${manifest.name} (${folder}) takes ${CONDITION_NEEDED[wanted.kind]}, not a ${condition.kind}.`,
  );
}

const CONDITION_NEEDED = {
  none: 'no condition and cannot generate',
  class: 'a class number (--class N)',
  'caption-embedding': 'a caption-embedding file (--caption FILE.safetensors)',
  words: 'a prompt in words',
} as const;
