import { ModelError } from './model-error';

/** File in a model folder that says what its weights are. */
export const MANIFEST_FILE = 'zipar-model.json';

/** `zipar-model.json`, checked. */
export interface ModelManifest {
  readonly name: string;
  /** Rows, columns of the token grid. */
  readonly grid: readonly [number, number];
  readonly transformer: TransformerManifest | undefined;
  readonly condition: ConditionManifest;
  readonly vq: VqManifest | undefined;
  /** Sampling that suits the model; what is absent has a general default. */
  readonly defaults: DefaultsManifest;
}

/** A LlamaGen transformer. */
export interface TransformerManifest {
  /** File in the model folder, `.safetensors` or `.pt`. */
  readonly weights: string;
  readonly layers: number;
  readonly dim: number;
  readonly heads: number;
  /** Divides `heads`; fewer than `heads` = grouped-query attention. */
  readonly kvHeads: number;
  /** Codebook indices the transformer predicts. */
  readonly vocab: number;
  readonly ropeBase: number;
  readonly normEps: number;
}

export type ConditionManifest =
  | { readonly kind: 'none' }
  /** One class token; index `classes` is the null class. */
  | { readonly kind: 'class'; readonly classes: number }
  /** Precomputed caption embeddings [tokens, dim], left-padded. */
  | { readonly kind: 'caption-embedding'; readonly tokens: number; readonly dim: number }
  /** Words of a vocabulary of the model's own, left-padded to `tokens`. */
  | { readonly kind: 'words'; readonly tokens: number; readonly vocabulary: string };

/** A VQ-16 style image decoder (LlamaGen's, after VQGAN). */
export interface VqManifest {
  readonly weights: string;
  readonly codebookSize: number;
  readonly codebookDim: number;
  readonly channels: number;
  /** From the full resolution down to the token grid's; each but the first doubles the side. */
  readonly channelMultipliers: readonly number[];
  readonly resBlocks: number;
  readonly zChannels: number;
  /** Pixels along the side of one token's patch. */
  readonly downsample: number;
  /** Groups of each group norm; 32 in published models. */
  readonly normGroups: number;
}

export interface DefaultsManifest {
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  /** 1..W, or undefined: about a quarter of the width. */
  readonly window: number | undefined;
}

/**
 * Reads a manifest.
 * @param file its path, for messages
 * @throws ModelError naming the file and the field
 */
export function parseManifest(text: string, file: string): ModelManifest {
  const root = new Fields(parseJson(text, file), file, '');
  if (root.raw('format') !== 'zipar-model') throw root.error('format', 'must be "zipar-model"');
  if (root.raw('version') !== 1)
    throw root.error('version', 'must be 1; a newer ZipAR Studio may know this one');
  if (root.raw('family') !== 'llamagen')
    throw root.error('family', 'must be "llamagen", the only family this version runs');
  const grid = root.integers('grid', 1, 1024);
  const [height, width] = grid;
  if (height === undefined || width === undefined || grid.length !== 2)
    throw root.error('grid', 'must be [rows, columns]');
  return {
    name: root.text('name'),
    grid: [height, width],
    transformer: root.optional('transformer', parseTransformer),
    condition: root.optional('condition', parseCondition) ?? { kind: 'none' },
    vq: root.optional('vq', parseVq),
    defaults: parseDefaults(
      root.optional('defaults', (fields) => fields) ?? new Fields({}, file, 'defaults.'),
      width,
    ),
  };
}

/** Positions that the condition takes before the first image token. */
export function prefixLength(condition: ConditionManifest): number {
  return condition.kind === 'caption-embedding' || condition.kind === 'words' ? condition.tokens : 1;
}

function parseTransformer(fields: Fields): TransformerManifest {
  const transformer = {
    weights: fields.fileName('weights'),
    layers: fields.integer('layers', 1, 1024),
    dim: fields.integer('dim', 4, 65536),
    heads: fields.integer('heads', 1, 1024),
    kvHeads: fields.integer('kvHeads', 1, 1024),
    vocab: fields.integer('vocab', 2, 1 << 22),
    ropeBase: fields.number('ropeBase', 1, 1e9),
    normEps: fields.number('normEps', 0, 1),
  };
  if (transformer.dim % (4 * transformer.heads) !== 0) {
    throw fields.error('heads', `must split dim ${transformer.dim} into heads whose size is a multiple of 4`);
  }
  if (transformer.heads % transformer.kvHeads !== 0)
    throw fields.error('kvHeads', `must divide heads ${transformer.heads}`);
  return transformer;
}

function parseCondition(fields: Fields): ConditionManifest {
  const kind = fields.raw('kind');
  switch (kind) {
    case 'class':
      return { kind, classes: fields.integer('classes', 1, 1 << 20) };
    case 'caption-embedding':
      return { kind, tokens: fields.integer('tokens', 1, 8192), dim: fields.integer('dim', 1, 65536) };
    case 'words':
      if (fields.raw('rotary') !== 'identity')
        throw fields.error('rotary', 'must be "identity" for a condition in words');
      return { kind, tokens: fields.integer('tokens', 1, 8192), vocabulary: fields.fileName('vocabulary') };
    default:
      throw fields.error('kind', 'must be "class", "caption-embedding" or "words"');
  }
}

function parseVq(fields: Fields): VqManifest {
  const vq = {
    weights: fields.fileName('weights'),
    codebookSize: fields.integer('codebookSize', 2, 1 << 22),
    codebookDim: fields.integer('codebookDim', 1, 4096),
    channels: fields.integer('channels', 1, 4096),
    channelMultipliers: fields.integers('channelMultipliers', 1, 64),
    resBlocks: fields.integer('resBlocks', 1, 16),
    zChannels: fields.integer('zChannels', 1, 4096),
    downsample: fields.integer('downsample', 1, 64),
    normGroups: fields.raw('normGroups') === undefined ? 32 : fields.integer('normGroups', 1, 1024),
  };
  if (vq.downsample !== 2 ** (vq.channelMultipliers.length - 1)) {
    throw fields.error(
      'downsample',
      `must be 2^(${vq.channelMultipliers.length} - 1), as there are ${vq.channelMultipliers.length} channelMultipliers`,
    );
  }
  if (vq.channelMultipliers.some((multiplier) => (vq.channels * multiplier) % vq.normGroups !== 0)) {
    throw fields.error('normGroups', 'must divide the channels of every level');
  }
  return vq;
}

function parseDefaults(fields: Fields, width: number): DefaultsManifest {
  const or = <T>(name: string, fallback: T, read: () => T): T =>
    fields.raw(name) === undefined ? fallback : read();
  return {
    guidance: or('guidance', 4, () => fields.number('guidance', 0, 100)),
    temperature: or('temperature', 1, () => fields.number('temperature', 1e-3, 100)),
    topK: or('topK', 0, () => fields.integer('topK', 0, 1 << 22)),
    topP: or('topP', 1, () => fields.number('topP', 1e-6, 1)),
    window: or('window', undefined, () => fields.integer('window', 1, width)),
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError(
      `${file} is not valid JSON (${cause instanceof Error ? cause.message : String(cause)}); mend it or fetch the model again.`,
    );
  }
}

/** An object of the manifest, read field by field; every message names the file and the field's full path. */
class Fields {
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
    return new ModelError(
      `${this.file}: "${this.prefix}${name}" ${what}; it is ${this.raw(name) === undefined ? 'missing' : JSON.stringify(this.raw(name))}.`,
    );
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  optional<T>(name: string, parse: (fields: Fields) => T): T | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : parse(new Fields(value, this.file, `${this.prefix}${name}.`));
  }

  text(name: string): string {
    const value = this.raw(name);
    if (typeof value !== 'string' || value === '' || value.length > 200)
      throw this.error(name, 'must be a text of 1 to 200 characters');
    return value;
  }

  /** A file directly in the model folder: nothing in a manifest may lead out of it. */
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
