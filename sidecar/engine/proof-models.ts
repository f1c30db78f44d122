import { FAMILIES } from '../model/families';
import type { ProofModelDescription } from '../model/family';

/** The models with random weights for the check of a provider: a small one of each family, and a large one for the speed. */
interface ProofModels {
  /** One model for each family that has one. The time is measured with the first one. */
  readonly small: readonly [ProofModelDescription, ...ProofModelDescription[]];
  readonly large: ProofModelDescription;
}

export const PROOF_MODELS: ProofModels = proofModels();

function proofModels(): ProofModels {
  const [small, ...others] = FAMILIES.flatMap((family) => family.proofModel?.('small') ?? []);
  const [large] = FAMILIES.flatMap((family) => family.proofModel?.('large') ?? []);
  if (!small || !large) throw new Error('No family has a proof model.');
  return { small: [small, ...others], large };
}
