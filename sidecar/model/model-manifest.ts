import { ModelError } from './model-error';
import { parseModelJson } from './model-text';

/** Name of the file in a model folder that describes the weights. */
export const MANIFEST_FILE = 'zipar-model.json';

/** The description of a model: what its manifest says, completed by what its weights determine. */
export interface ModelManifest {
  readonly name: string;
  /** Rows, columns of the token grid. */
  readonly grid: readonly [number, number];
  readonly transformer: TransformerManifest | undefined;
  readonly condition: ConditionManifest;
  readonly vq: VqManifest | undefined;
  /** Sampling that suits the model. Absent values have a general default. */
  readonly defaults: DefaultsManifest;
}

/** A LlamaGen transformer. */
export interface TransformerManifest {
  /** File in the model folder, `.safetensors` or `.pt`. */
  readonly weights: string;
  readonly layers: number;
  readonly dim: number;
  readonly heads: number;
  /** Key and value heads; divides `heads`. Fewer than `heads` = grouped-query attention. */
  readonly kvHeads: number;
  /** Number of codebook indices that the transformer predicts. */
  readonly vocab: number;
  readonly ropeBase: number;
  readonly normEps: number;
}

export type ConditionManifest =
  | { readonly kind: 'none' }
  /** One class token; index `classes` is the null class. */
  | { readonly kind: 'class'; readonly classes: number }
  /** Caption embeddings [tokens, dim], left-padded: precomputed, or made by the text encoder in the folder `textEncoder`. */
  | {
      readonly kind: 'caption-embedding';
      readonly tokens: number;
      readonly dim: number;
      readonly textEncoder?: string;
    }
  /** Words of the model's own vocabulary, left-padded to `tokens`. */
  | { readonly kind: 'words'; readonly tokens: number; readonly vocabulary: string };

/** A VQ-16 style image decoder (LlamaGen's, after VQGAN). */
export interface VqManifest {
  readonly weights: string;
  readonly codebookSize: number;
  readonly codebookDim: number;
  readonly channels: number;
  /** Channel multipliers from the full resolution down to the token grid. Each level but the first doubles the side. */
  readonly channelMultipliers: readonly number[];
  readonly resBlocks: number;
  readonly zChannels: number;
  /** Pixels along the side of one token's patch. */
  readonly downsample: number;
  /** Groups of each group norm. */
  readonly normGroups: number;
}

/** Groups of each group norm in published models. No tensor tells this number. */
export const NORM_GROUPS = 32;

export interface DefaultsManifest {
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  /** 1..W, or undefined: about a quarter of the width. */
  readonly window: number | undefined;
}

type Draft<T> = { readonly [Field in keyof T]: T[Field] | undefined };

/** The contents of `zipar-model.json`. Each present field is checked; the weights may determine absent fields. */
export interface ManifestDraft {
  readonly name: string | undefined;
  readonly grid: readonly [number, number] | undefined;
  readonly transformer: Draft<TransformerManifest> | undefined;
  readonly condition: ConditionManifest | undefined;
  readonly vq: Draft<VqManifest> | undefined;
  readonly defaults: Draft<DefaultsManifest>;
}

/** The draft of a model that has no manifest. */
export const NO_MANIFEST: ManifestDraft = {
  name: undefined,
  grid: undefined,
  transformer: undefined,
  condition: undefined,
  vq: undefined,
  defaults: {
    guidance: undefined,
    temperature: undefined,
    topK: undefined,
    topP: undefined,
    window: undefined,
  },
};

const NOTHING_OF_TRANSFORMER: Draft<TransformerManifest> = {
  weights: undefined,
  layers: undefined,
  dim: undefined,
  heads: undefined,
  kvHeads: undefined,
  vocab: undefined,
  ropeBase: undefined,
  normEps: undefined,
};

const NOTHING_OF_VQ: Draft<VqManifest> = {
  weights: undefined,
  codebookSize: undefined,
  codebookDim: undefined,
  channels: undefined,
  channelMultipliers: undefined,
  resBlocks: undefined,
  zChannels: undefined,
  downsample: undefined,
  normGroups: undefined,
};

/** The draft with its transformer in the file `weights`. */
export function withTransformerFile(draft: ManifestDraft, weights: string): ManifestDraft {
  return { ...draft, transformer: { ...(draft.transformer ?? NOTHING_OF_TRANSFORMER), weights } };
}

/** The draft's image decoder, in the file `weights`, without a transformer. */
export function withImageDecoderOnly(draft: ManifestDraft, weights: string): ManifestDraft {
  const vq = { ...(draft.vq ?? NOTHING_OF_VQ), weights };
  return { ...draft, transformer: undefined, condition: { kind: 'none' }, vq };
}

/** Makes the error for a field that cannot be right: the field's name, and the condition that it must meet. */
type Refuse = (field: string, what: string) => ModelError;

/**
 * Reads a manifest.
 * @param file its path, for messages
 * @throws ModelError naming the file and the field
 */
export function parseManifest(text: string, file: string): ManifestDraft {
  const root = new Fields(parseModelJson(text, file), file, '');
  if (root.raw('format') !== 'zipar-model') throw root.error('format', 'must be "zipar-model"');
  if (root.raw('version') !== 1)
    throw root.error('version', 'must be 1; a newer ZipAR Studio may know this one');
  if (root.raw('family') !== 'llamagen')
    throw root.error('family', 'must be "llamagen", the only family this version runs');
  const grid = root.raw('grid') === undefined ? undefined : parseGrid(root);
  const defaults = root.optional('defaults', (fields) => parseDefaults(fields, grid?.[1]));
  return {
    name: root.raw('name') === undefined ? undefined : root.text('name'),
    grid,
    transformer: root.optional('transformer', parseTransformer),
    condition: root.optional('condition', parseCondition),
    vq: root.optional('vq', parseVq),
    defaults: defaults ?? NO_MANIFEST.defaults,
  };
}

/** Whether every field is present. */
export function isComplete<T extends object>(draft: Draft<T>): draft is T {
  return Object.values(draft).every((value) => value !== undefined);
}

/** The draft's fields, with `inferred` for absent fields. */
export function completed<T extends object>(draft: Draft<T> | undefined, inferred: T): T {
  const said = Object.entries(draft ?? {}).filter(([, value]) => value !== undefined);
  return { ...inferred, ...Object.fromEntries(said) };
}

/** Checks that the fields of a transformer fit one another. @throws the error that `refuse` makes */
export function checkTransformer({ dim, heads, kvHeads }: TransformerManifest, refuse: Refuse): void {
  if (dim % (4 * heads) !== 0)
    throw refuse('heads', `must split dim ${dim} into heads whose size is a multiple of 4`);
  if (heads % kvHeads !== 0) throw refuse('kvHeads', `must divide heads ${heads}`);
}

/** Checks that the fields of an image decoder fit one another. @throws the error that `refuse` makes */
export function checkVq(vq: VqManifest, refuse: Refuse): void {
  const levels = vq.channelMultipliers.length;
  if (vq.downsample !== 2 ** (levels - 1))
    throw refuse('downsample', `must be 2^(${levels} - 1), as there are ${levels} channelMultipliers`);
  if (vq.channelMultipliers.some((multiplier) => (vq.channels * multiplier) % vq.normGroups !== 0))
    throw refuse('normGroups', 'must divide the channels of every level');
}

/** Positions that the condition takes before the first image token. */
export function prefixLength(condition: ConditionManifest): number {
  return condition.kind === 'caption-embedding' || condition.kind === 'words' ? condition.tokens : 1;
}

function parseGrid(fields: Fields): readonly [number, number] {
  const grid = fields.integers('grid', 1, 1024);
  const [height, width] = grid;
  if (height === undefined || width === undefined || grid.length !== 2)
    throw fields.error('grid', 'must be [rows, columns]');
  return [height, width];
}

function parseTransformer(fields: Fields): Draft<TransformerManifest> {
  const transformer: Draft<TransformerManifest> = {
    weights: fields.present('weights', (name) => fields.fileName(name)),
    layers: fields.present('layers', (name) => fields.integer(name, 1, 1024)),
    dim: fields.present('dim', (name) => fields.integer(name, 4, 65536)),
    heads: fields.present('heads', (name) => fields.integer(name, 1, 1024)),
    kvHeads: fields.present('kvHeads', (name) => fields.integer(name, 1, 1024)),
    vocab: fields.present('vocab', (name) => fields.integer(name, 2, 1 << 22)),
    ropeBase: fields.present('ropeBase', (name) => fields.number(name, 1, 1e9)),
    normEps: fields.present('normEps', (name) => fields.number(name, 0, 1)),
  };
  if (isComplete(transformer)) checkTransformer(transformer, (name, what) => fields.error(name, what));
  return transformer;
}

function parseCondition(fields: Fields): ConditionManifest {
  const kind = fields.raw('kind');
  switch (kind) {
    case 'class':
      return { kind, classes: fields.integer('classes', 1, 1 << 20) };
    case 'caption-embedding':
      return {
        kind,
        tokens: fields.integer('tokens', 1, 8192),
        dim: fields.integer('dim', 1, 65536),
        ...(fields.raw('textEncoder') !== undefined && { textEncoder: fields.fileName('textEncoder') }),
      };
    case 'words':
      if (fields.raw('rotary') !== 'identity')
        throw fields.error('rotary', 'must be "identity" for a condition in words');
      return { kind, tokens: fields.integer('tokens', 1, 8192), vocabulary: fields.fileName('vocabulary') };
    default:
      throw fields.error('kind', 'must be "class", "caption-embedding" or "words"');
  }
}

function parseVq(fields: Fields): Draft<VqManifest> {
  const vq: Draft<VqManifest> = {
    weights: fields.present('weights', (name) => fields.fileName(name)),
    codebookSize: fields.present('codebookSize', (name) => fields.integer(name, 2, 1 << 22)),
    codebookDim: fields.present('codebookDim', (name) => fields.integer(name, 1, 4096)),
    channels: fields.present('channels', (name) => fields.integer(name, 1, 4096)),
    channelMultipliers: fields.present('channelMultipliers', (name) => fields.integers(name, 1, 64)),
    resBlocks: fields.present('resBlocks', (name) => fields.integer(name, 1, 16)),
    zChannels: fields.present('zChannels', (name) => fields.integer(name, 1, 4096)),
    downsample: fields.present('downsample', (name) => fields.integer(name, 1, 64)),
    normGroups: fields.raw('normGroups') === undefined ? NORM_GROUPS : fields.integer('normGroups', 1, 1024),
  };
  if (isComplete(vq)) checkVq(vq, (name, what) => fields.error(name, what));
  return vq;
}

/** Reads the defaults. @param width of the grid, where the manifest says it */
function parseDefaults(fields: Fields, width = 1024): Draft<DefaultsManifest> {
  return {
    guidance: fields.present('guidance', (name) => fields.number(name, 0, 100)),
    temperature: fields.present('temperature', (name) => fields.number(name, 1e-3, 100)),
    topK: fields.present('topK', (name) => fields.integer(name, 0, 1 << 22)),
    topP: fields.present('topP', (name) => fields.number(name, 1e-6, 1)),
    window: fields.present('window', (name) => fields.integer(name, 1, width)),
  };
}

/** Characters of a wrong value that a message shows. */
const MAX_SHOWN = 100;

/**
 * Characters that a message must not contain: control characters, line separators, unpaired surrogates, changes of text
 * direction.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** A value as JSON, with the characters escaped that a terminal or a window would act on. */
function quoted(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(new RegExp(UNPRINTABLE, 'gu'), escaped);
}

/** An object of a JSON file, read field by field; every message names the file and the field's full path. */
export class Fields {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly file: string,
    private readonly prefix: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ModelError(
        `${file}: ${prefix === '' ? 'the manifest' : `"${prefix.slice(0, -1)}"`} must be a JSON object.`,
      );
    }
    this.values = value as Readonly<Record<string, unknown>>;
  }

  error(name: string, what: string): ModelError {
    const value = this.raw(name) === undefined ? 'missing' : quoted(this.raw(name));
    const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
    return new ModelError(`${this.file}: "${this.prefix}${name}" ${what}; it is ${shown}.`);
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  /** The value that `read` makes of the field, or undefined where the field is absent. */
  present<T>(name: string, read: (name: string) => T): T | undefined {
    return this.raw(name) === undefined ? undefined : read(name);
  }

  optional<T>(name: string, parse: (fields: Fields) => T): T | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : parse(new Fields(value, this.file, `${this.prefix}${name}.`));
  }

  text(name: string): string {
    const value = this.raw(name);
    if (typeof value !== 'string' || value === '' || value.length > 200)
      throw this.error(name, 'must be a text of 1 to 200 characters');
    if (UNPRINTABLE.test(value)) throw this.error(name, 'must be one line without control characters');
    return value;
  }

  /** Name of a file or folder directly in the model folder: a manifest must not lead out of this folder. */
  fileName(name: string): string {
    const value = this.text(name);
    if (/[/\\\0:]/.test(value) || value.startsWith('.'))
      throw this.error(name, 'must be the name of a file in the model folder');
    return value;
  }

  number(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw this.error(name, `must be a number from ${min} to ${max}`);
    return value;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (!Number.isInteger(value) || Number(value) < min || Number(value) > max)
      throw this.error(name, `must be an integer from ${min} to ${max}`);
    return Number(value);
  }

  integers(name: string, min: number, max: number): readonly number[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.length === 0 || value.length > 16)
      throw this.error(name, 'must be a short list of integers');
    return value.map((item: unknown) => {
      if (!Number.isInteger(item) || Number(item) < min || Number(item) > max)
        throw this.error(name, `must hold integers from ${min} to ${max}`);
      return Number(item);
    });
  }
}
