import type {
  Condition,
  DecoderDescription,
  DecoderSettings,
  GenerateRequest,
  RunStart,
  RunState,
} from '../protocol';
import type { ParentRun, RunRecord } from './run-record';

/** The settings that are needed to make the same run again. */
export type RepeatableSettings = Pick<
  RunSummary,
  | 'model'
  | 'condition'
  | 'seed'
  | 'decoder'
  | 'decoderSettings'
  | 'guidance'
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'greedy'
  | 'precision'
> &
  Partial<Pick<RunSummary, 'grid' | 'suffix' | 'negative'>>;

/** The facts about a run that are needed to show it in a list, and to make it again. */
export interface RunSummary {
  readonly model: string;
  readonly condition: Condition;
  readonly className?: string;
  /** The text after the prompt, if the request named one. */
  readonly suffix?: string;
  /** The text of the unconditional half, if the request named one. */
  readonly negative?: string;
  readonly seed: number;
  readonly decoder: string;
  readonly decoderSettings: DecoderSettings;
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly greedy: boolean;
  readonly precision: string;
  readonly provider: string;
  /** The number of steps that are done. */
  readonly steps: number;
  readonly rasterSteps: number;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  readonly state: RunState;
  /** The version of the noise. Pictures of the first version of the program do not state it; they have 1. */
  readonly noise: number;
  /** A digest of the weights; null when it is not known. */
  readonly weights: string | null;
  /** When the run began, in ms since 1970. Undefined for pictures of the first version of the program. */
  readonly madeAt: number | undefined;
  /** The run that this one branches off from; absent for a run that is no branch. */
  readonly parent?: ParentRun;
  /** The picture whose upper rows the run kept; absent for a run that drew all rows. */
  readonly start?: RunStart;
}

/** The summary of a record. */
export function summaryOf({ run, origin, snapshot, branch }: RunRecord): RunSummary {
  const { settings, rasterSteps, grid, start, state } = run;
  const { noise, weights, madeAt } = origin;
  return {
    ...{ ...settings, steps: snapshot.step, rasterSteps, grid, state, noise, weights, madeAt },
    ...(branch && { parent: branch.parent }),
    ...(start && { start }),
  };
}

/**
 * The request that makes a run again. If the condition is a caption file, its name has no folder.
 * @param decoders the descriptions of all decoders. A record also has values that are not settings of its decoder; they are
 * left out
 */
export function requestOf(
  settings: RepeatableSettings,
  decoders: readonly DecoderDescription[],
): GenerateRequest {
  return { ...repeatedFields(settings, decoders), condition: settings.condition };
}

/**
 * The fields of the request that makes a run again. The provider is not among them, because another machine may not have it.
 */
export function repeatedFields(
  settings: RepeatableSettings,
  decoders: readonly DecoderDescription[],
): Omit<GenerateRequest, 'condition'> {
  const { model, decoder, seed, guidance, temperature, topK, topP, greedy, precision } = settings;
  const { grid, suffix, negative } = settings;
  const known = decoders.find(({ name }) => name === decoder)?.settings.map(({ name }) => name);
  const kept = Object.entries(settings.decoderSettings).filter(([name]) => known?.includes(name) !== false);
  return {
    ...{ model, decoder, decoderSettings: Object.fromEntries(kept), seed },
    ...{ guidance, temperature, topK, topP, greedy },
    ...(grid && { grid }),
    ...(suffix !== undefined && { suffix }),
    ...(negative !== undefined && { negative }),
    precision: precision as NonNullable<GenerateRequest['precision']>,
  };
}
