import type { InferenceSession } from 'onnxruntime-node';
import type { Draws } from '../../decoding/forward';
import type { Choice, SamplingOptions } from '../../decoding/sampling';
import { openSession, type ExecutionOptions } from '../inference-session';
import { Tensor } from '../onnx-runtime';
import { buildSamplerGraph, CHOICE_COLUMNS } from './sampler-graph';

/**
 * Share of the whole probability by which float32 may move a cumulated one: three times the largest observed
 * (docs/performance.md).
 */
const MARGIN = 1e-5;

/** Limits of temperature: a temperature beyond a limit changes nothing. float32 holds both limits and the quotients by them. */
const [COLDEST, HOTTEST] = [1e-30, 1e20];

/** Draws tokens in a graph, from logits that may lie on a device. */
export class GraphSampler {
  private constructor(
    private readonly session: InferenceSession,
    private readonly vocab: number,
    private readonly margin: number,
  ) {}

  /** @param margin draws that are no clearer than this share of the whole probability are not decided */
  static async open(vocab: number, execution: ExecutionOptions, margin = MARGIN): Promise<GraphSampler> {
    return new GraphSampler(await openSession(buildSamplerGraph(vocab), '', execution), vocab, margin);
  }

  /**
   * The choices that `chooseToken` makes from the guided logits. Each `probability` and `entropy` is accurate to about 1e-5.
   *
   * @param logits [B, m, vocab]; with guidance, the conditional half is first
   * @param guidance scale for each row of the m, or one for all; without effect where B = 1
   * @returns undefined when single precision cannot tell for certain what double precision would draw, or when logits are NaN
   *   or infinite. Then the host must look at the logits itself.
   */
  async choose(
    logits: Tensor,
    guidance: readonly number[],
    draws: Draws,
  ): Promise<readonly Choice[] | undefined> {
    const { choices } = await this.session.run({
      logits,
      guidance: new Tensor('float32', Float32Array.from(guidance), [guidance.length, 1]),
      margin: scalar(this.margin),
      ...this.inputsFor(draws),
    });
    const values = choices?.data;
    if (!(values instanceof Float32Array)) throw new Error('The sampler put out no choices.');
    const rows = draws.uniforms.map((_, i) => choiceAt(values, i));
    return rows.every(({ clearance }) => clearance > this.margin)
      ? rows.map(({ choice }) => choice)
      : undefined;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private inputsFor({ sampling, uniforms }: Draws): Record<string, Tensor> {
    const { temperature, topK, topP } = sampling.greedy ? UNTRUNCATED : sampling;
    const uniform = sampling.greedy ? uniforms.map(() => -1) : uniforms;
    return {
      temperature: scalar(Math.min(HOTTEST, Math.max(COLDEST, temperature))),
      top_k: scalar(topK === 0 ? this.vocab : Math.min(topK, this.vocab)),
      top_p: scalar(topP === 1 ? 2 : topP),
      uniform: new Tensor('float32', Float32Array.from(uniform), [uniform.length, 1]),
    };
  }
}

/** Greedy decoding reports the model's own distribution. */
const UNTRUNCATED: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: true };

function choiceAt(values: Float32Array, row: number): { choice: Choice; clearance: number } {
  const [token = NaN, probability = NaN, entropy = NaN, clearance = NaN] = values.subarray(
    row * CHOICE_COLUMNS.length,
    (row + 1) * CHOICE_COLUMNS.length,
  );
  return { choice: { token, probability, entropy: Math.max(0, entropy) }, clearance };
}

function scalar(value: number): Tensor {
  return new Tensor('float32', Float32Array.of(value), [1]);
}
