import type { Condition, GenerateRequest } from './messages';

/** What an agent passes to the tool. */
interface PictureToolInput {
  readonly prompt?: string;
  readonly label?: number;
  readonly model?: string;
  readonly decoder?: string;
  readonly window?: number;
  readonly seed?: number;
  readonly guidance?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
}

interface InputDescription {
  readonly type: 'string' | 'integer' | 'number';
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const PROPERTIES: { readonly [name in keyof Required<PictureToolInput>]: InputDescription } = {
  prompt: {
    type: 'string',
    description:
      'What the picture shows. The model that ships knows simple landscapes, such as "snow at dawn with pines".',
  },
  label: {
    type: 'integer',
    minimum: 0,
    description: 'Number of a class, in place of a prompt, for models that draw classes.',
  },
  model: {
    type: 'string',
    description: 'Name of a model that ships, or path of a model folder. Leave it out for the usual model.',
  },
  decoder: {
    type: 'string',
    description:
      'Order of decoding: zipar, zipar-adaptive, raster, scd or pjd. Leave it out for the usual one.',
  },
  window: {
    type: 'integer',
    minimum: 1,
    description: 'How many tokens a row is ahead before the next row starts. Small is fast.',
  },
  seed: {
    type: 'integer',
    minimum: 0,
    maximum: 4294967295,
    description: 'The same seed gives the same picture. Leave it out for a new one.',
  },
  guidance: {
    type: 'number',
    minimum: 1,
    maximum: 100,
    description: 'How closely the picture follows the prompt; 1 is no guidance.',
  },
  temperature: { type: 'number', description: 'Above 0; 1 is the model as it is.' },
  topK: { type: 'integer', minimum: 0, description: 'Only the likeliest this many tokens; 0 is all.' },
  topP: {
    type: 'number',
    description: 'Above 0, at most 1: share of the probability to draw from; 1 is all.',
  },
};

/** The tool with which an agent makes a picture: in VS Code, and over the Model Context Protocol. */
export const PICTURE_TOOL = {
  name: 'zipar_generate_image',
  title: 'Generate Image with ZipAR',
  description:
    'Draws a picture on this machine with a local autoregressive image model, writes it as a PNG, and returns the path of the file. Nothing is sent anywhere. Give either a prompt or the number of a class.',
  inputSchema: { type: 'object', properties: PROPERTIES, additionalProperties: false },
} as const;

/** The result of the tool. */
export interface PictureToolResult {
  /** Absolute path of the PNG. */
  readonly file: string;
  readonly model: string;
  readonly decoder: string;
  readonly seed: number;
  readonly steps: number;
  readonly rasterSteps: number;
}

/** What an agent's input asks for, or a sentence that says what is wrong with the input. */
export type PictureToolReading =
  | {
      readonly kind: 'picture';
      readonly condition: Condition;
      readonly fields: Omit<GenerateRequest, 'condition'>;
    }
  | { readonly kind: 'problem'; readonly problem: string };

/** Reads an agent's input. Names and types are checked here; the sidecar checks the values, as it does for every request. */
export function readPictureToolInput(input: unknown): PictureToolReading {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return wrong('The input must be an object with a "prompt".');
  for (const [name, value] of Object.entries(input)) {
    const known = Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name as keyof PictureToolInput] : undefined;
    if (!known)
      return wrong(`The input has an unknown field "${name}"; known: ${Object.keys(PROPERTIES).join(', ')}.`);
    const problem = problemWith(value, known);
    if (problem !== undefined) return wrong(`"${name}" ${problem}.`);
  }
  const { prompt, label, window, ...fields } = input as PictureToolInput;
  const decoderSettings = window === undefined ? {} : { decoderSettings: { window } };
  if (prompt !== undefined && label !== undefined)
    return wrong('The input has both "prompt" and "label"; give one of them.');
  if (prompt !== undefined && prompt.trim() !== '')
    return {
      kind: 'picture',
      condition: { kind: 'prompt', prompt },
      fields: { ...fields, ...decoderSettings },
    };
  if (label !== undefined)
    return {
      kind: 'picture',
      condition: { kind: 'class', label },
      fields: { ...fields, ...decoderSettings },
    };
  return wrong('The input has no "prompt"; say what the picture shall show.');
}

function problemWith(value: unknown, { type, minimum, maximum }: InputDescription): string | undefined {
  if (type === 'string') return typeof value === 'string' ? undefined : 'must be a string';
  const isRight = typeof value === 'number' && Number.isFinite(value);
  if (!isRight || (type === 'integer' && !Number.isSafeInteger(value)))
    return type === 'integer' ? 'must be a whole number' : 'must be a number';
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  return maximum !== undefined && value > maximum ? `must be at most ${maximum}` : undefined;
}

function wrong(problem: string): PictureToolReading {
  return { kind: 'problem', problem };
}
