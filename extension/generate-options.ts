import type { Condition, DecoderName, GenerateRequest } from '../sidecar/protocol';
import type { GenerationSettings } from './settings';

/**
 * What `ziparStudio.generate` takes as its argument, so that keybindings, tasks and tests can call it:
 * `{prompt}`, `{label}` (of a class) or `{caption}` (path of a caption file), and any field of a request.
 */
interface GenerateArgument extends Omit<GenerateRequest, 'condition'> {
  readonly prompt?: string;
  readonly label?: number;
  readonly caption?: string;
}

/** That argument, read. */
export interface GenerateOptions {
  /** What to draw; undefined = ask. */
  readonly condition: Condition | undefined;
  readonly fields: Omit<GenerateRequest, 'condition'>;
}

const TYPES: { readonly [name in keyof Required<GenerateArgument>]: 'string' | 'number' | 'boolean' } = {
  prompt: 'string',
  label: 'number',
  caption: 'string',
  model: 'string',
  textEncoder: 'string',
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
 * Reads a command's argument. Menus pass objects of their own (an editor's context), so something without a single
 * name of ours counts as no argument; with one, a misspelt second name is an error. Values are the sidecar's to judge.
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

/** What was picked in the second quick pick; kept for the session. */
export interface SessionChoices {
  readonly decoder?: DecoderName;
  readonly window?: number;
  readonly seed?: number | 'random';
  readonly guidance?: number;
}

/** The argument wins over the session's choices, those over the settings; what none names is the model's own. */
export function buildRequest(parts: {
  readonly condition: Condition;
  /** Empty = the one that ships. */
  readonly model: string;
  /** Folder; empty = the model's own. */
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
