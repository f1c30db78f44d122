import type { ConditionNeed, ManifestKeys } from '../../family';
import { NORM_GROUPS } from '../../image-decoder/decoder-shape';
import { isComplete, type Draft, type Fields, type Refuse } from '../../json-fields';
import { sentence } from '../../../protocol/sentence';

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

/** LlamaGen's own keys of a manifest. The weights may determine absent fields. */
export interface LlamaGenKeys extends ManifestKeys {
  readonly transformer: Draft<TransformerManifest> | undefined;
  readonly condition: ConditionNeed | undefined;
  readonly vq: Draft<VqManifest> | undefined;
}

/** Reads LlamaGen's own keys of a manifest. @throws ModelError */
export function parseKeys(fields: Fields): LlamaGenKeys {
  const transformer = fields.optional('transformer', parseTransformer);
  const condition = fields.optional('condition', parseCondition);
  const vq = fields.optional('vq', parseVq);
  const files = [transformer?.weights, vq?.weights].filter((file) => file !== undefined);
  return { files, transformer, condition, vq };
}

/** Checks that the fields of a transformer fit one another. @throws the error that `refuse` makes */
export function checkTransformer({ dim, heads, kvHeads }: TransformerManifest, refuse: Refuse): void {
  if (dim % (4 * heads) !== 0)
    throw refuse('heads', sentence`must split dim ${dim} into heads whose size is a multiple of 4`);
  if (heads % kvHeads !== 0) throw refuse('kvHeads', sentence`must divide heads ${heads}`);
}

/** Checks that the fields of an image decoder fit one another. @throws the error that `refuse` makes */
export function checkVq(vq: VqManifest, refuse: Refuse): void {
  const levels = vq.channelMultipliers.length;
  if (vq.downsample !== 2 ** (levels - 1))
    throw refuse(
      'downsample',
      sentence`must be 2^(${levels} - 1), as there are ${levels} channelMultipliers`,
    );
  if (vq.channelMultipliers.some((multiplier) => (vq.channels * multiplier) % vq.normGroups !== 0))
    throw refuse('normGroups', sentence`must divide the channels of every level`);
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

function parseCondition(fields: Fields): ConditionNeed {
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
        throw fields.error('rotary', sentence`must be "identity" for a condition in words`);
      return { kind, tokens: fields.integer('tokens', 1, 8192), vocabulary: fields.fileName('vocabulary') };
    default:
      throw fields.error('kind', sentence`must be "class", "caption-embedding" or "words"`);
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
