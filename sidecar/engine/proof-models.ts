import { FAMILIES } from '../model/families';
import type { ProofModelDescription } from '../model/family';

/** The models of noise on which a provider is tried: small ones of each family, and a large one for its speed. */
interface ProofModels {
  /** One for each family that has a proof model. The first is timed. */
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
