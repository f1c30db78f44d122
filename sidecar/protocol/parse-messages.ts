import type { DecodingChoice } from './decoders';
import {
  PRECISIONS,
  PROVIDER_FAILURE_POLICIES,
  type BranchRequest,
  type CellToken,
  type ClientMessage,
  type Condition,
  type GenerateRequest,
  type ProtocolError,
  type RunStop,
  type SidecarMessage,
  type StartRequest,
} from './messages';

/** A text message that is not acceptable, with the answer for its sender. */
export class MessageError extends Error {
  override readonly name = 'MessageError';

  constructor(
    /** The request's id, or -1 when it could not be read. */
    readonly id: number,
    readonly error: ProtocolError,
  ) {
    super(error.message);
  }
}

/**
 * Reads a client's text message. Unknown fields are refused, so that a misspelt option is not silently ignored.
 * @throws MessageError
 */
export function parseClientMessage(text: string): ClientMessage {
  const fields = parseObject(text);
  const id = fields.id;
  if (!isIndex(id)) throw malformed(-1, 'Message needs an "id" that is an integer from 0 to 4294967295.');
  const type = fields.type;
  const shape =
    typeof type === 'string' && Object.hasOwn(CLIENT_MESSAGES, type)
      ? CLIENT_MESSAGES[type as ClientMessage['type']]
      : undefined;
  if (!shape)
    throw new MessageError(id, {
      code: 'unknown-message',
      message: `Message type ${quoted(type)} is unknown.`,
    });
  const problem = checkFields(fields, shape, 'Message');
  if (problem) throw malformed(id, problem);
  return fields as unknown as ClientMessage;
}

/**
 * Reads a sidecar's text message. The sidecar belongs to this program and has the same version, so only the outer form is
 * checked.
 * @throws MessageError
 */
export function parseSidecarMessage(text: string): SidecarMessage {
  const fields = parseObject(text);
  if (typeof fields.type !== 'string') throw malformed(-1, 'Message has no "type".');
  return fields as unknown as SidecarMessage;
}

/** Most characters of a path; no system allows more. */
const MAX_PATH = 32_767;
/** Most characters of a name of a decoder, of a setting, or of a setting's value. */
const MAX_NAME = 100;
const MAX_SETTINGS = 64;
const MAX_COUNTED_CHOICES = 64;
/** Tokens that a branch changes at most. */
const MAX_CHANGES = 4096;

type Check = (value: unknown) => string | undefined;
type Shape = Readonly<Record<string, Check>>;

function parseObject(text: string): Record<string, unknown> {
  if (isNestedDeeperThan(MAX_DEPTH, text))
    throw malformed(-1, `Message is nested deeper than ${MAX_DEPTH} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(-1, 'Message is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(-1, 'Message is not a JSON object.');
  return value as Record<string, unknown>;
}

/**
 * Most levels of objects and arrays. No message has more than four. Code that walks a value of any depth may overflow the
 * stack.
 */
const MAX_DEPTH = 16;

/** Counts the depth of brackets outside strings. The JSON parser checks whether the brackets match. */
function isNestedDeeperThan(most: number, text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isInString) {
      if (character === '\\') i++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') {
      if (++depth > most) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}

/** A value from a message, cut short so that an answer can repeat it. */
function quoted(value: unknown): string {
  const json = value === undefined ? 'undefined' : JSON.stringify(value);
  return json.length <= MAX_QUOTED ? json : `${json.slice(0, MAX_QUOTED)}…`;
}

/** In characters. */
const MAX_QUOTED = 100;

function malformed(id: number, message: string): MessageError {
  return new MessageError(id, { code: 'malformed-message', message });
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

const index: Check = (value) => (isIndex(value) ? undefined : 'must be an integer from 0 to 4294967295');
/** Rows and columns of a grid. */
const gridSides: Check = (value) =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((side) => isIndex(side) && side >= 1 && side <= MAX_SIDE)
    ? undefined
    : `must be [rows, columns], each from 1 to ${MAX_SIDE}`;
/** Rows or columns of a grid at most. */
const MAX_SIDE = 1024;
const text: Check = (value) => (typeof value === 'string' ? undefined : 'must be a string');
const path: Check = (value) => {
  if (typeof value !== 'string') return 'must be a string';
  return value.length <= MAX_PATH ? undefined : `must not be longer than ${MAX_PATH} characters`;
};
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const number: Check = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a number';
const paths: Check = (value) => {
  if (!Array.isArray(value)) return 'must be an array of strings';
  return value.map(path).find((problem) => problem !== undefined);
};
const name: Check = (value) =>
  typeof value === 'string' && value.length <= MAX_NAME
    ? undefined
    : `must be a string of at most ${MAX_NAME} characters`;

/** Checks values by name. The decoder checks which names and values there are. */
const settings: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
  const entries = Object.entries(value);
  if (entries.length > MAX_SETTINGS) return `must not have more than ${MAX_SETTINGS} entries`;
  const wrong = entries.find(
    ([key, each]) => name(key) ?? (name(each) !== undefined && number(each) !== undefined),
  );
  return wrong && `has a wrong entry ${quoted(wrong[0])}: a setting is a number or a short string`;
};

function oneOf(...allowed: readonly string[]): Check {
  return (value) =>
    typeof value === 'string' && allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`;
}

const tokens: Check = (value) => {
  const isToken = (token: unknown): boolean =>
    Number.isInteger(token) && Number(token) >= -1 && Number(token) < 2 ** 31;
  return Array.isArray(value) && value.every(isToken) ? undefined : 'must be an array of tokens, -1 or more';
};

function nullable(check: Check): Check {
  return (value) => (value === null ? undefined : check(value));
}

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

function object(shape: Shape): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
    const problem = checkFields(value as Record<string, unknown>, shape, 'it');
    return problem && `is wrong: ${problem}`;
  };
}

/** Checks an object whose `kind` says which other fields it has. */
function oneKindOf(kinds: Readonly<Record<string, Check>>): Check {
  return (value) => {
    const kind: unknown =
      typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
    const check = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    return check ? check(value) : `must have a "kind" that is one of ${Object.keys(kinds).join(', ')}`;
  };
}

function checkFields(
  fields: Readonly<Record<string, unknown>>,
  shape: Shape,
  what: string,
): string | undefined {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(shape, name)) return `${what} has an unknown field ${quoted(name)}.`;
  }
  for (const [name, check] of Object.entries(shape)) {
    const problem = check(fields[name]);
    if (problem) return `"${name}" ${problem}.`;
  }
  return undefined;
}

const CONDITIONS: { readonly [kind in Condition['kind']]: Check } = {
  prompt: object({ kind: text, prompt: text }),
  class: object({ kind: text, label: index }),
  caption: object({ kind: text, file: path }),
};

const condition = oneKindOf(CONDITIONS);

const cellTokens: Check = (value) => {
  if (!Array.isArray(value) || value.length > MAX_CHANGES)
    return `must be an array of at most ${MAX_CHANGES} tokens of cells`;
  return value.map(cellToken).find((problem) => problem !== undefined);
};

const cellToken = object({ cell: index, token: index } satisfies {
  readonly [field in keyof CellToken]: Check;
});

const branch = object({
  file: path,
  step: optional(index),
  fromRow: optional(index),
  set: cellTokens,
  forbid: cellTokens,
} satisfies { readonly [field in keyof Required<BranchRequest>]: Check });

const start = object({ file: path, tokens: optional(tokens), keepRows: index } satisfies {
  readonly [field in keyof Required<StartRequest>]: Check;
});

const GENERATE_REQUEST: { readonly [field in keyof Required<GenerateRequest>]: Check } = {
  model: optional(path),
  condition,
  textEncoder: optional(path),
  grid: optional(gridSides),
  imageDecoder: optional(path),
  suffix: optional(text),
  negative: optional(text),
  decoder: optional(name),
  decoderSettings: optional(settings),
  seed: optional(index),
  guidance: optional(number),
  temperature: optional(number),
  topK: optional(index),
  topP: optional(number),
  greedy: optional(flag),
  provider: optional(oneOf('auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml')),
  onProviderFailure: optional(oneOf(...PROVIDER_FAILURE_POLICIES)),
  precision: optional(oneOf(...PRECISIONS)),
  previewEveryMs: optional(index),
  tokensOnly: optional(flag),
  resume: optional(path),
  branch: optional(branch),
  start: optional(start),
};

const decodingChoice = object({
  decoder: name,
  settings,
} satisfies { readonly [field in keyof DecodingChoice]: Check });

const decodingChoices: Check = (value) => {
  if (!Array.isArray(value) || value.length > MAX_COUNTED_CHOICES)
    return `must be an array of at most ${MAX_COUNTED_CHOICES} choices`;
  return value.map(decodingChoice).find((problem) => problem !== undefined);
};

const RUN_STOPS: { readonly [kind in RunStop['kind']]: Check } = {
  step: object({ kind: text, step: index }),
  cell: object({ kind: text, position: index }),
};

const runStop = oneKindOf(RUN_STOPS);

const RUN_REQUEST: Shape = { type: text, id: index, runId: index };

const CLIENT_MESSAGES: { readonly [type in ClientMessage['type']]: Shape } = {
  ping: { type: text, id: index },
  'list-models': { type: text, id: index, folders: paths, textEncoder: optional(path) },
  'read-prompt': { type: text, id: index, model: path, prompt: text },
  generate: { type: text, id: index, request: object(GENERATE_REQUEST) },
  cancel: RUN_REQUEST,
  pause: RUN_REQUEST,
  'go-on': { ...RUN_REQUEST, until: optional(runStop) },
  watch: { ...RUN_REQUEST, changes: optional(flag) },
  unwatch: RUN_REQUEST,
  holding: { ...RUN_REQUEST, step: index, edition: index },
  preview: { ...RUN_REQUEST, step: index },
  'export-png': RUN_REQUEST,
  'export-trace': RUN_REQUEST,
  'draw-tokens': { type: text, id: index, model: path, weights: nullable(text), grid: gridSides, tokens },
  'inspect-cell': { ...RUN_REQUEST, position: index },
  'inspect-recorded': { type: text, id: index, model: path, trace: text, position: index },
  'score-recorded': { type: text, id: index, model: path, trace: text },
  'count-steps': {
    type: text,
    id: index,
    grid: gridSides,
    modelWindow: index,
    choices: decodingChoices,
  },
  'check-hardware': { type: text, id: index },
};
