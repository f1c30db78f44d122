import type { Condition, DecoderDescription, DecoderSettings, GenerateRequest, RunState } from '../protocol';
import type { ParentRun, RunRecord } from './run-record';

/** The settings that make a run again. */
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

/** What a file says of a run in few words: enough to list the run, and to make it again. */
export interface RunSummary {
  readonly model: string;
  readonly condition: Condition;
  readonly className?: string;
  /** Text after the prompt, and of the unconditional half, where the request named them. */
  readonly suffix?: string;
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
  /** Steps that are done. */
  readonly steps: number;
  readonly rasterSteps: number;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  readonly state: RunState;
  /** Version of the noise; 1 for pictures of the first version, which does not say it. */
  readonly noise: number;
  /** Digest of the weights, or null when it is not known. */
  readonly weights: string | null;
  /** When the run began, in ms since 1970; undefined for pictures of the first version. */
  readonly madeAt: number | undefined;
  /** The run that this one branches off from; absent for a run that is no branch. */
  readonly parent?: ParentRun;
}

export function summaryOf({ run, origin, snapshot, branch }: RunRecord): RunSummary {
  const { settings, rasterSteps, grid, state } = run;
  const { noise, weights, madeAt } = origin;
  return {
    ...{ ...settings, steps: snapshot.step, rasterSteps, grid, state, noise, weights, madeAt },
    ...(branch && { parent: branch.parent }),
  };
}

/**
 * The request that makes a run again. A condition that names a caption file names it without its folder.
 * @param decoders the table of decoders; a run's record also states values that are no settings of its decoder
 */
export function requestOf(
  settings: RepeatableSettings,
  decoders: readonly DecoderDescription[],
): GenerateRequest {
  return { ...repeatedFields(settings, decoders), condition: settings.condition };
}

/** The settings of a request that makes a run again. They leave the provider to the machine. */
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
