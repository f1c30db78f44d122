import type { Draws } from '../../decoding/forward';
import { TIE, type Choice, type SamplingOptions } from '../../decoding/sampling';
import { buildSamplerGraph, CHOICE_COLUMNS } from './sampler-graph';
import { runtime } from '../../chosen-runtime';
import type { ExecutionOptions, Program } from '../../runtime/runtime';
import { HostTensor, type Tensor } from '../../runtime/tensor';

/** Limits of temperature: a temperature beyond a limit changes nothing. float32 holds both limits and the quotients by them. */
const [COLDEST, HOTTEST] = [1e-30, 1e20];

/** Draws tokens in a graph, from logits that may lie on a device. */
export class GraphSampler {
  private constructor(
    private readonly session: Program,
    private readonly vocab: number,
    private readonly tie: number,
  ) {}

  /** @param tie draws that are no clearer than this, nats, are not decided */
  static async open(vocab: number, execution: ExecutionOptions, tie = TIE): Promise<GraphSampler> {
    return new GraphSampler(await runtime.open(buildSamplerGraph(vocab), '', execution), vocab, tie);
  }

  /**
   * The choices that `chooseToken` makes from the guided logits. Each `probability` and `entropy` is accurate to about 1e-5.
   *
   * @param logits [B, m, vocab]; with guidance, the conditional half is first
   * @param guidance scale for each row of the m, or one for all; without effect where B = 1
   * @returns undefined when a draw is a tie, or when logits are NaN or infinite. Single precision cannot tell for certain what
   *   double precision would draw. Then the host must look at the logits itself.
   */
  async choose(
    logits: Tensor,
    guidance: readonly number[],
    draws: Draws,
  ): Promise<readonly Choice[] | undefined> {
    const { choices } = await this.session.run({
      logits,
      guidance: new HostTensor('float32', Float32Array.from(guidance), [guidance.length, 1]),
      tie: scalar(this.tie),
      ...this.inputsFor(draws),
    });
    const values = choices?.data;
    if (!(values instanceof Float32Array)) throw new Error('The sampler put out no choices.');
    const rows = draws.noise.map((_, i) => choiceAt(values, i));
    return rows.every(({ margin }) => margin > this.tie) ? rows : undefined;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private inputsFor({ sampling, noise }: Draws): Record<string, Tensor> {
    const { temperature, topK, topP } = sampling.greedy ? UNTRUNCATED : sampling;
    return {
      temperature: scalar(Math.min(HOTTEST, Math.max(COLDEST, temperature))),
      top_k: scalar(topK === 0 ? this.vocab : Math.min(topK, this.vocab)),
      top_p: scalar(topP === 1 ? 2 : topP),
      noise_first: words(noise.map(({ first }) => first)),
      noise_second: words(noise.map(({ second }) => second)),
      noise_scale: scalar(sampling.greedy ? 0 : 1),
    };
  }
}

/** Greedy decoding reports the model's own distribution. */
const UNTRUNCATED: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: true };

function choiceAt(values: Float32Array, row: number): Choice {
  const [token = NaN, probability = NaN, entropy = NaN, margin = NaN] = values.subarray(
    row * CHOICE_COLUMNS.length,
    (row + 1) * CHOICE_COLUMNS.length,
  );
  return { token, probability, entropy: Math.max(0, entropy), margin };
}

function words(values: readonly number[]): Tensor {
  return new HostTensor('uint32', Uint32Array.from(values), [values.length, 1]);
}

function scalar(value: number): Tensor {
  return new HostTensor('float32', Float32Array.of(value), [1]);
}
