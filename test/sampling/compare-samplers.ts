import { guide } from '../../sidecar/decoding/classifier-free-guidance';
import { tokenNoise, uniformAt } from '../../sidecar/decoding/noise';
import { chooseTokens, type SamplingOptions } from '../../sidecar/decoding/sampling';
import { GraphSampler } from '../../sidecar/model/sampler/graph-sampler';
import type { ExecutionOptions } from '../../sidecar/runtime/runtime';
import { HostTensor } from '../../sidecar/runtime/tensor';

/** The results of a comparison. */
export interface Comparison {
  readonly cells: number;
  /** Share of batches that the graph left to the host, where logits differ from one another. */
  readonly undecided: number;
  /** Descriptions of draws whose token differs from the host's. */
  readonly differing: readonly string[];
  /** Largest differences: of the probability, relative to the host's, and of the entropy, in nats. */
  readonly probabilityError: number;
  readonly entropyError: number;
}

/** Kinds of random logits. `conditional and not`: two halves and a guidance scale. */
const KINDS = ['smooth', 'tied', 'partly -Infinity', 'conditional and not'] as const;
type Kind = (typeof KINDS)[number];

/** Cells in a batch. If one cell of a batch is undecided, the host draws the whole batch. */
const CELLS = 3;

export function everySampling(
  temperatures: readonly number[],
  topKs: readonly number[],
  topPs: readonly number[],
): SamplingOptions[] {
  const drawn = temperatures.flatMap((temperature) =>
    topKs.flatMap((topK) => topPs.map((topP) => ({ temperature, topK, topP, greedy: false }))),
  );
  return [...drawn, { temperature: 0.5, topK: 3, topP: 0.5, greedy: true }];
}

/** Draws tokens from the same random logits in the graph and on the host. */
export async function compareSamplers(
  execution: ExecutionOptions,
  vocabs: readonly number[],
  samplings: readonly SamplingOptions[],
): Promise<Comparison> {
  let [batches, cells, undecided, probabilityError, entropyError, seed] = [0, 0, 0, 0, 0, 0];
  const differing: string[] = [];
  for (const vocab of vocabs) {
    const sampler = await GraphSampler.open(vocab, execution);
    for (const sampling of samplings) {
      for (const kind of KINDS) {
        const batch = kind === 'conditional and not' ? 2 : 1;
        const logits = randomLogits(kind, batch * CELLS * vocab, ++seed);
        const noise = Array.from({ length: CELLS }, (_, i) => tokenNoise(seed, i, 1));
        const scale = 0.5 + 4 * uniformAt(seed, 0, 2);
        const chosen = await sampler.choose(
          new HostTensor('float32', logits.slice(), [batch, CELLS, vocab]),
          [scale],
          { sampling, noise },
        );
        cells += CELLS;
        if (kind !== 'tied') {
          batches++;
          if (!chosen) undecided++;
        }
        for (const [i, choice] of (chosen ?? []).entries()) {
          const row = logits.subarray(i * vocab, (i + 1) * vocab);
          if (batch === 2) guide(row, logits.subarray((CELLS + i) * vocab, (CELLS + i + 1) * vocab), scale);
          const expected = chooseTokens([row], { sampling, noise: noise.slice(i, i + 1) })[0];
          if (!expected) continue;
          const error = Math.abs(choice.probability / expected.probability - 1);
          probabilityError = Math.max(probabilityError, error);
          entropyError = Math.max(entropyError, Math.abs(choice.entropy - expected.entropy));
          if (choice.token !== expected.token)
            differing.push(
              `${kind}, vocab ${vocab}, seed ${seed}, ${JSON.stringify(sampling)}: ${choice.token} for ${expected.token}`,
            );
        }
      }
    }
    await sampler.release();
  }
  return { cells, undecided: undecided / batches, differing, probabilityError, entropyError };
}

function randomLogits(kind: Kind, length: number, seed: number): Float32Array {
  const smooth = Float32Array.from({ length }, (_, i) => 6 * logit(uniformAt(seed, i)));
  switch (kind) {
    case 'smooth':
    case 'conditional and not':
      return smooth;
    case 'tied':
      return smooth.map((value) => Math.round(value / 4));
    case 'partly -Infinity':
      return smooth.map((value, i) => (i % 3 === 1 ? -Infinity : value));
  }
}

/** A random logit: about -3.5..3.5, mostly near 0. */
function logit(uniform: number): number {
  return Math.log((uniform + 0.03) / (1.03 - uniform));
}
