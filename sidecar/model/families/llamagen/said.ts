import type { ConditionNeed, ModelSource } from '../../family';
import type { Draft } from '../../json-fields';
import type { LlamaGenKeys, TransformerManifest, VqManifest } from './manifest';

/** What manifest and user say about a LlamaGen model. */
export type Said = Omit<LlamaGenKeys, 'files'>;

const NOTHING: Said = { transformer: undefined, condition: undefined, vq: undefined };

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

const NO_CONDITION: ConditionNeed = { kind: 'none' };

/** The manifest's keys. A weight file that the user names stands in the place of the one in the manifest. */
export function saidOf({ keys, namedFile }: ModelSource<LlamaGenKeys>): Said {
  const said: Said = keys ?? NOTHING;
  if (!namedFile) return said;
  const weights = namedFile.name;
  if (namedFile.holds === 'transformer')
    return { ...said, transformer: { ...(said.transformer ?? NOTHING_OF_TRANSFORMER), weights } };
  const vq = { ...(said.vq ?? NOTHING_OF_VQ), weights };
  return { transformer: undefined, condition: NO_CONDITION, vq };
}
