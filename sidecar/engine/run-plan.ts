import { randomInt } from 'node:crypto';
import path from 'node:path';
import type { StepBounds } from '../decoding/decoder';
import {
  chooseDecoding,
  configureDecoder,
  DEFAULT_DECODER,
  describeRunDecoder,
} from '../decoding/decoder-table';
import { checkSamplingOptions, mostCandidates } from '../decoding/sampling';
import type { GridShape } from '../decoding/token-grid';
import { checkWeights } from '../model/check-weights';
import type { EncodedPrompt, ImageDecoderPart, Prompt, TextForEncoder } from '../model/family';
import { SAMPLE_PICTURES, SAMPLE_SIDE } from '../model/image-decoder/code-colours';
import { defaultWindow, imageDecoderOf, transformerOf, type ModelFolder } from '../model/model-folder';
import { weightsDigest } from '../model/weights-digest';
import { className } from '../prompt/class-names';
import type {
  Condition,
  GenerateRequest,
  ProviderFailurePolicy,
  RunDecoder,
  RunSettings,
  RunStart,
} from '../protocol';
import type { RunBranch, RunPlaces } from '../trace-file/run-record';
import { cpuThreads } from './cpu-threads';
import type { DecodeJob } from './engine-messages';
import { chooseExecution, type ExecutionChoice } from './execution-choice';
import type { ProviderKnowledge } from './providers';
import { RequestError } from './request-error';
import { branchSteps, readBranch } from './run-branch';
import { pastSteps, readPast, type RunPast } from './run-past';
import { readStart, type StartPicture } from './run-start';
import { expectedDecodeMs, stepCostsKey } from './step-costs';
import { sentence, type Said } from '../protocol/sentence';

/** What is to be known of a model for cheap previews. */
export interface CheapPreviews {
  /** Codes of the codebook. */
  readonly codes: number;
  /** Multiplications and additions that finding their colours needs. */
  readonly operations: number;
}

/** The plan of a run: all choices are made and checked. */
export interface RunPlan {
  /** The part for the inference thread. */
  readonly job: DecodeJob;
  /** The settings of the run, for clients and for the record. */
  readonly settings: RunSettings;
  readonly execution: ExecutionChoice;
  readonly onProviderFailure: ProviderFailurePolicy;
  readonly grid: GridShape;
  readonly decoder: RunDecoder;
  readonly steps: StepBounds;
  readonly rasterSteps: number;
  /** Among how many tokens each draw chooses at most. */
  readonly candidates: number;
  /** The width of one token's patch, in pixels; 0 if the run has no picture. */
  readonly patch: number;
  /** The number of multiplications and additions for the picture; 0 without an image decoder. */
  readonly pictureOperations: number;
  /** Cheap previews in the colours of the codes; absent where a real picture costs no more. */
  readonly cheapPreviews?: CheapPreviews | undefined;
  /** A digest of the model's weights. */
  readonly weights: string;
  /** Names the costs of its steps among those that are kept. */
  readonly costsKey: string;
  /** Where the run finds its files. */
  readonly places: RunPlaces;
  /** Expected time of the steps that are to be done, ms; undefined where no step was measured yet. */
  readonly expectedMs?: number | undefined;
  /** The run after whose steps this one goes on. */
  readonly past?: RunPast | undefined;
  /** The parent and the changes of a branch; undefined for a run that is no branch. */
  readonly branch?: RunBranch | undefined;
  /** The picture that the run began with; undefined for a run that draws all rows. */
  readonly start?: RunStart | undefined;
  /** The same picture, as long as it is not turned into tokens. The tokens of `past` are not known until then. */
  readonly startPicture?: StartPicture | undefined;
  /** The file that the past was read from; absolute. */
  readonly resumedFrom?: string | undefined;
  /** Sentences for the user. */
  readonly notices: readonly Said[];
}

/**
 * Makes the plan of a run. It starts nothing except the checks of providers.
 * @throws RequestError, ModelError, PromptError, DecoderError, SamplingError, WeightsError, ProviderFailure
 */
export async function planRun(
  request: GenerateRequest,
  model: ModelFolder,
  providers: ProviderKnowledge,
): Promise<RunPlan> {
  const { defaults, imageDecoder } = model;
  const grid: GridShape = { height: model.grid[0], width: model.grid[1] };
  if (request.tokensOnly !== true) imageDecoderOf(model);
  const decoding = chooseDecoding(request.decoder ?? DEFAULT_DECODER, request.decoderSettings ?? {}, {
    grid,
    modelWindow: defaultWindow(model),
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
  await checkWeights(model, request.tokensOnly !== true);
  const weights = await weightsDigest(model);
  const { input, notices } = await encodeCondition(request, model);
  // This comes last, because the check of a provider may take seconds.
  const execution = await chooseExecution(request, model, providers);
  const settings: RunSettings = {
    model: model.name,
    provider: execution.options.provider,
    precision: execution.options.precision,
    condition: request.condition,
    ...(request.suffix !== undefined && { suffix: request.suffix }),
    ...(request.negative !== undefined && { negative: request.negative }),
    ...named(request.condition, model),
    decoder: decoding.decoder,
    decoderSettings: decoding.settings,
    guidance,
    ...sampling,
  };
  const costsKey = stepCostsKey({ weights, execution: execution.options, isGuided: guidance !== 1 });
  const { codes } = transformerOf(model);
  const from = await originOf(request, { ...{ settings, weights, grid, model }, codes });
  const { past, branch } = from;
  const steps = past?.isForeign === true ? branchSteps(past) : configureDecoder(decoding).steps(grid);
  return {
    job: {
      folder: model.path,
      wishes: model.wishes,
      execution: execution.options,
      prompt: input,
      guidance,
      decoding,
      sampling,
      withImage: request.tokensOnly !== true,
      past: past && pastSteps(past),
      forbidden: branch?.forbid ?? [],
    },
    past,
    branch,
    start: from.start,
    startPicture: from.startPicture,
    resumedFrom: request.resume === undefined ? undefined : path.resolve(request.resume),
    places: placesOf(request, model),
    expectedMs: await expectedDecodeMs({ steps, grid, costsKey, past }),
    settings,
    execution,
    onProviderFailure: request.onProviderFailure ?? 'fallback',
    grid,
    decoder: describeRunDecoder(decoding, grid),
    steps,
    rasterSteps: grid.height * grid.width,
    candidates: mostCandidates(sampling, codes),
    patch: request.tokensOnly === true ? 0 : (imageDecoder?.patch ?? 0),
    weights,
    costsKey,
    pictureOperations: imageDecoder?.operations(grid) ?? 0,
    cheapPreviews:
      imageDecoder && request.tokensOnly !== true ? cheapPreviewsOf(imageDecoder, grid) : undefined,
    notices: [...notices, ...(from.notices ?? []), ...execution.notices],
  };
}

function cheapPreviewsOf(imageDecoder: ImageDecoderPart, grid: GridShape): CheapPreviews | undefined {
  const sample = { height: SAMPLE_SIDE, width: SAMPLE_SIDE };
  const operations = SAMPLE_PICTURES * imageDecoder.operations(sample);
  const isCheaper = imageDecoder.writeCodes !== undefined && operations < imageDecoder.operations(grid);
  return isCheaper ? { codes: imageDecoder.codes, operations } : undefined;
}

/** What a run takes over: the steps of a stopped run, those of the parent of a branch, or the rows of a picture. */
async function originOf(
  { resume, branch, start }: Pick<GenerateRequest, 'resume' | 'branch' | 'start'>,
  planned: Parameters<typeof readBranch>[1] & Parameters<typeof readStart>[1],
): Promise<Pick<RunPlan, 'past' | 'branch' | 'start' | 'startPicture'> & Partial<Pick<RunPlan, 'notices'>>> {
  if ([resume, branch, start].filter((from) => from !== undefined).length > 1)
    throw new RequestError(
      sentence`A run goes on from a stopped run, branches off from a run, or begins with a picture; name one of the three.`,
    );
  if (branch) return readBranch(branch, planned);
  if (start) return readStart(start, planned);
  if (resume === undefined) return {};
  const past = await readPast(resume, planned);
  return { past, branch: past?.branch, start: past?.start };
}

function placesOf(
  { condition, textEncoder }: Pick<GenerateRequest, 'condition' | 'textEncoder'>,
  { path: model, wishes: { imageDecoder } }: ModelFolder,
): RunPlaces {
  return {
    model,
    ...(imageDecoder !== undefined && { imageDecoder: path.resolve(imageDecoder) }),
    ...(textEncoder !== undefined && { textEncoder: path.resolve(textEncoder) }),
    ...(condition.kind === 'caption' && { caption: path.resolve(condition.file) }),
  };
}

/** The plan of the same run on another provider. */
export function movedTo(execution: ExecutionChoice, plan: RunPlan): RunPlan {
  return {
    ...plan,
    job: { ...plan.job, execution: execution.options },
    settings: { ...plan.settings, provider: execution.options.provider },
    costsKey: stepCostsKey({
      weights: plan.weights,
      execution: execution.options,
      isGuided: plan.job.guidance !== 1,
    }),
    execution,
  };
}

function named(condition: Condition, model: ModelFolder): Pick<RunSettings, 'className'> {
  if (condition.kind !== 'class' || model.condition.kind !== 'class') return {};
  const name = className(condition.label, model.condition.classes);
  return name === undefined ? {} : { className: name };
}

/** Checks the guidance and returns it. @throws RequestError when it is out of range */
export function checkGuidance(guidance: number): number {
  if (guidance >= 0 && guidance <= 100) return guidance;
  throw new RequestError(sentence`Guidance ${guidance} is outside 0..100; 1 means none.`);
}

/** The parts of a request from which a prompt is made. */
export type PromptParts = Pick<GenerateRequest, 'condition' | 'textEncoder' | 'suffix' | 'negative'>;

/**
 * Turns the condition of a request into a prompt for the model. If the model was not trained on its grid, a notice says so.
 * @throws RequestError when the model takes no negative prompt, or when a suffix comes without a prompt
 * @throws PromptError when the model takes another kind of condition, or has no such class; ModelError, WeightsError
 */
export async function encodeCondition(
  { condition, textEncoder, suffix, negative }: PromptParts,
  model: ModelFolder,
): Promise<EncodedPrompt<Prompt | TextForEncoder>> {
  if (negative !== undefined && !(model.condition.kind === 'text' && model.condition.negative !== undefined))
    throw new RequestError(
      sentence`${model.name} takes no negative prompt, because its unconditional half is fixed; leave the negative prompt out.`,
    );
  if (suffix !== undefined && suffix !== '' && condition.kind !== 'prompt')
    throw new RequestError(sentence`A suffix goes with a prompt; leave it out, or give a prompt.`);
  const encoded = await model.encodePrompt({
    condition: model.condition.kind === 'text' ? condition : withSuffix(condition, suffix),
    ...{ textEncoder, suffix, negative, threadsFor: cpuThreads },
  });
  return { ...encoded, notices: [...gridNotices(model), ...encoded.notices] };
}

/** The condition with a suffix after its prompt, for models whose family does not add the suffix itself. */
function withSuffix(condition: Condition, suffix = ''): Condition {
  return condition.kind === 'prompt' ? { ...condition, prompt: condition.prompt + suffix } : condition;
}

/** A notice if the model was not trained on its grid. */
function gridNotices({ name, grid, trainedGrids }: ModelFolder): Said[] {
  if (!trainedGrids || trainedGrids.some((trained) => trained.join() === grid.join())) return [];
  const [height, width] = grid;
  const known = trainedGrids.slice(0, MAX_GRIDS_SHOWN).map((trained) => trained.join('x'));
  return [
    trainedGrids.length > MAX_GRIDS_SHOWN
      ? sentence`${name} was not trained on a grid of ${height}x${width}, so the picture may be poor; it knows ${known.join(', ')} and others.`
      : sentence`${name} was not trained on a grid of ${height}x${width}, so the picture may be poor; it knows ${known.join(', ')}.`,
  ];
}

/** The largest number of grids that the notice names. */
const MAX_GRIDS_SHOWN = 5;
