import type {
  Condition,
  DecoderDescription,
  DecoderSetting,
  DecoderSettings,
  GenerateRequest,
  ModelSummary,
} from '../sidecar/protocol';
import { settingsOf } from './decoder-choices';
import type { GenerationSettings, SessionChoices } from './settings';

/**
 * The argument of `ziparStudio.generate`, which keybindings, tasks and tests may pass. It holds `{prompt}`, `{label}` (of a
 * class) or `{caption}` (path of a caption file), any field of a request, and any setting of a decoder.
 */
interface GenerateArgument extends Omit<GenerateRequest, 'condition' | 'decoderSettings'> {
  /** How many images to make. */
  readonly count?: number;
  readonly prompt?: string;
  readonly label?: number;
  readonly caption?: string;
}

/** The options read from the command's argument. */
export interface GenerateOptions {
  /** What to draw; if undefined, the user is asked. */
  readonly condition: Condition | undefined;
  readonly fields: Omit<GenerateRequest, 'condition'>;
  /** How many images to make; undefined: as chosen for the session. */
  readonly count?: number;
}

/** Images that one command makes at most. */
export const MAX_COUNT = 100;

type TypeName = 'string' | 'number' | 'boolean' | 'object';

const TYPES: { readonly [name in keyof Required<GenerateArgument>]: TypeName } = {
  prompt: 'string',
  label: 'number',
  caption: 'string',
  model: 'string',
  textEncoder: 'string',
  grid: 'object',
  imageDecoder: 'string',
  suffix: 'string',
  negative: 'string',
  decoder: 'string',
  seed: 'number',
  guidance: 'number',
  temperature: 'number',
  topK: 'number',
  topP: 'number',
  greedy: 'boolean',
  provider: 'string',
  onProviderFailure: 'string',
  precision: 'string',
  previewEveryMs: 'number',
  tokensOnly: 'boolean',
  resume: 'string',
  branch: 'object',
  start: 'object',
  count: 'number',
};

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: GenerateOptions }
  | { readonly kind: 'unknown-option'; readonly name: string }
  | { readonly kind: 'wrong-type'; readonly name: string; readonly expected: string };

const NO_OPTIONS: ParsedOptions = { kind: 'options', options: { condition: undefined, fields: {} } };

/**
 * Reads a command's argument. Menus pass objects of their own, such as an editor's context. So an object with no known name
 * counts as no argument. If one name is known, an unknown second name is an error. The sidecar checks the values.
 * @param decoders the sidecar's table; its settings are names as well
 */
export function parseGenerateOptions(
  argument: unknown,
  decoders: readonly DecoderDescription[],
): ParsedOptions {
  if (typeof argument !== 'object' || argument === null) return NO_OPTIONS;
  const entries = Object.entries(argument as Record<string, unknown>);
  const settings = new Map(decoders.flatMap((each) => each.settings.map((one) => [one.name, one] as const)));
  const typesOf = (name: string): readonly TypeName[] => {
    const setting = settings.get(name);
    if (setting) return settingTypes(setting);
    return isOption(name) ? [TYPES[name]] : [];
  };
  if (!entries.some(([name]) => typesOf(name).length > 0)) return NO_OPTIONS;
  for (const [name, value] of entries) {
    const types: readonly string[] = typesOf(name);
    if (types.length === 0) return { kind: 'unknown-option', name };
    if (!types.includes(typeof value)) return { kind: 'wrong-type', name, expected: types.join(' or ') };
  }
  const decoderSettings = entries.filter(([name]) => settings.has(name));
  const fields = entries.filter(([name]) => !settings.has(name) && !CONDITIONS.has(name));
  return {
    kind: 'options',
    options: {
      condition: conditionOf(argument),
      ...countOf(argument),
      fields: {
        ...(Object.fromEntries(fields) as Omit<GenerateRequest, 'condition'>),
        ...(decoderSettings.length > 0 && {
          decoderSettings: Object.fromEntries(decoderSettings) as DecoderSettings,
        }),
      },
    },
  };
}

const CONDITIONS: ReadonlySet<string> = new Set(['prompt', 'label', 'caption', 'count']);

function settingTypes(setting: DecoderSetting): readonly TypeName[] {
  if (setting.kind === 'choice') return ['string'];
  return setting.words ? ['number', 'string'] : ['number'];
}

function isOption(name: string): name is keyof GenerateArgument {
  return Object.hasOwn(TYPES, name);
}

/** Images to make: 1 to 100. */
function countOf({ count }: GenerateArgument): Pick<GenerateOptions, 'count'> {
  return count === undefined ? {} : { count: Math.min(Math.max(Math.floor(count), 1), MAX_COUNT) };
}

function conditionOf({ prompt, label, caption }: GenerateArgument): Condition | undefined {
  if (prompt !== undefined) return { kind: 'prompt', prompt };
  if (label !== undefined) return { kind: 'class', label };
  if (caption !== undefined) return { kind: 'caption', file: caption };
  return undefined;
}

/**
 * Builds a request. The argument wins over the session's choices, and those win over the settings. The model decides the rest.
 * The request has only the settings that its decoder has. Settings of the argument stay, and the sidecar refuses wrong ones.
 */
export function buildRequest(parts: {
  readonly condition: Condition;
  /** Empty = the model that ships with the extension. */
  readonly model: string;
  /** What the sidecar says of the model; undefined when nothing rests on it, or when the model is not known. */
  readonly summary?: ModelSummary | undefined;
  /** Path of a folder; empty = the model's own text encoder. */
  readonly textEncoder: string;
  readonly settings: GenerationSettings;
  readonly session: SessionChoices;
  readonly fields: GenerateOptions['fields'];
  /** The sidecar's table. */
  readonly decoders: readonly DecoderDescription[];
  readonly randomSeed: () => number;
}): GenerateRequest {
  const { seed: sessionSeed, decoder, decoderSettings, guidance, temperature, topK, topP } = parts.session;
  const { grid, suffix, negative } = parts.session;
  const { summary } = parts;
  const session = {
    ...(grid && grid.model === summary?.name && { grid: grid.sides }),
    ...(suffix !== undefined && { suffix }),
    ...(negative !== undefined && { negative }),
    ...(decoder !== undefined && { decoder }),
    ...(guidance !== undefined && { guidance }),
    ...(temperature !== undefined && { temperature }),
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
  };
  const chosenSeed = parts.fields.seed ?? sessionSeed ?? parts.settings.seed ?? 'random';
  const chosenParts = { ...parts.settings, ...session };
  const request = { ...promptPartsFor(chosenParts, summary), ...parts.fields };
  const description = parts.decoders.find(({ name }) => name === request.decoder);
  const chosen = { ...parts.settings.decoderSettings, ...decoderSettings };
  return {
    ...(parts.model === '' ? {} : { model: parts.model }),
    ...(parts.textEncoder === '' ? {} : { textEncoder: parts.textEncoder }),
    ...request,
    decoderSettings: { ...settingsOf(chosen, description), ...parts.fields.decoderSettings },
    condition: parts.condition,
    seed: chosenSeed === 'random' ? parts.randomSeed() : chosenSeed,
  };
}

/** The choices without a suffix and a negative prompt where the model has no place for them. */
function promptPartsFor<T extends Pick<GenerateRequest, 'suffix' | 'negative'>>(
  choices: T,
  summary: ModelSummary | undefined,
): T {
  const { suffix, negative, ...others } = choices;
  return {
    ...others,
    ...(suffix !== undefined && typeof summary?.suffix === 'string' && { suffix }),
    ...(negative !== undefined && typeof summary?.negative === 'string' && { negative }),
  } as T;
}
