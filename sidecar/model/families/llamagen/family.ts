import type { ModelFamily } from '../../family';
import { complete } from './complete';
import { findDecoderNaming } from '../../image-decoder/decoder-naming';
import { CODEBOOK_TENSOR } from './infer-vq';
import { TRANSFORMER_TENSOR } from './infer-transformer';
import { parseKeys, type LlamaGenKeys } from './manifest';
import { proofModel } from './proof-model';
import { PUBLISHED } from './published-models';

/** LlamaGen (github.com/FoundationVision/LlamaGen): class-conditional, caption-conditional, or with words of its own. */
export const LLAMAGEN: ModelFamily<LlamaGenKeys> = {
  name: 'llamagen',
  title: 'LlamaGen',
  recognise: ({ shapes }) => {
    if (shapes.has(TRANSFORMER_TENSOR)) return 'transformer';
    if (!shapes.has(CODEBOOK_TENSOR)) return undefined;
    const naming = findDecoderNaming(shapes);
    return naming === undefined || naming === 'vq-16' ? 'image decoder' : undefined;
  },
  parseKeys,
  complete,
  published: PUBLISHED,
  proofModel,
};
