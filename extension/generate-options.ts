import type { Condition, DecoderName, GenerateRequest } from '../sidecar/protocol';
import type { GenerationSettings } from './settings';

/**
 * The argument of `ziparStudio.generate`, which keybindings, tasks and tests may pass. It holds `{prompt}`, `{label}` (of a
 * class) or `{caption}` (path of a caption file), and any field of a request.
 */
interface GenerateArgument extends Omit<GenerateRequest, 'condition'> {
  readonly prompt?: string;
  readonly label?: number;
  readonly caption?: string;
}

/** The options read from the command's argument. */
export interface GenerateOptions {
  /** What to draw; if undefined, the user is asked. */
  readonly condition: Condition | undefined;
  readonly fields: Omit<GenerateRequest, 'condition'>;
}

type OptionType = 'string' | 'number' | 'boolean' | 'object';

const TYPES: { readonly [name in keyof Required<GenerateArgument>]: OptionType } = {
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
  window: 'number',
  firstRow: 'string',
  standIn: 'string',
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
};

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: GenerateOptions }
  | { readonly kind: 'unknown-option'; readonly name: string }
  | { readonly kind: 'wrong-type'; readonly name: string; readonly expected: string };

const NO_OPTIONS: ParsedOptions = { kind: 'options', options: { condition: undefined, fields: {} } };

/**
 * Reads a command's argument. Menus pass objects of their own, such as an editor's context. So an object with no known name
 * counts as no argument. If one name is known, an unknown second name is an error. The sidecar checks the values.
 */
export function parseGenerateOptions(argument: unknown): ParsedOptions {
  if (typeof argument !== 'object' || argument === null) return NO_OPTIONS;
  const entries = Object.entries(argument as Record<string, unknown>);
  if (!entries.some(([name]) => isOption(name))) return NO_OPTIONS;
  for (const [name, value] of entries) {
    if (!isOption(name)) return { kind: 'unknown-option', name };
    if (typeof value !== TYPES[name]) return { kind: 'wrong-type', name, expected: TYPES[name] };
  }
  const fields = entries.filter(([name]) => !CONDITIONS.has(name));
  return {
    kind: 'options',
    options: { condition: conditionOf(argument), fields: Object.fromEntries(fields) },
  };
}

const CONDITIONS: ReadonlySet<string> = new Set(['prompt', 'label', 'caption']);

function isOption(name: string): name is keyof GenerateArgument {
  return Object.hasOwn(TYPES, name);
}

function conditionOf({ prompt, label, caption }: GenerateArgument): Condition | undefined {
  if (prompt !== undefined) return { kind: 'prompt', prompt };
  if (label !== undefined) return { kind: 'class', label };
  if (caption !== undefined) return { kind: 'caption', file: caption };
  return undefined;
}

/** The choices of the second quick pick. They last for the session. */
export interface SessionChoices {
  readonly decoder?: DecoderName;
  readonly window?: number;
  readonly seed?: number | 'random';
  readonly guidance?: number;
}

/**
 * Builds a request. The argument wins over the session's choices, and those win over the settings. The model decides the rest.
 */
export function buildRequest(parts: {
  readonly condition: Condition;
  /** Empty = the model that ships with the extension. */
  readonly model: string;
  /** Path of a folder; empty = the model's own text encoder. */
  readonly textEncoder: string;
  readonly settings: GenerationSettings;
  readonly session: SessionChoices;
  readonly fields: GenerateOptions['fields'];
  readonly randomSeed: () => number;
}): GenerateRequest {
  const { seed: sessionSeed, ...session } = parts.session;
  const chosenSeed = parts.fields.seed ?? sessionSeed ?? parts.settings.seed ?? 'random';
  return {
    ...(parts.model === '' ? {} : { model: parts.model }),
    ...(parts.textEncoder === '' ? {} : { textEncoder: parts.textEncoder }),
    ...parts.settings,
    ...session,
    ...parts.fields,
    condition: parts.condition,
    seed: chosenSeed === 'random' ? parts.randomSeed() : chosenSeed,
  };
}
