import type { Forward, Sampler } from './forward';
import type { PassCosts } from './pass-costs';
import type { SequenceLayout } from './sequence-layout';
import type { TokenInput } from './token-input';

/**
 * Largest number of inputs that one pass takes. A pass holds the attention scores of its inputs over all positions, so this
 * number bounds memory.
 */
export const INPUTS_A_PASS = 256;

/** An input of an earlier step. */
interface PastInput {
  readonly input: TokenInput;
  /** The step that was fed the input. */
  readonly time: number;
  /** The step before which the input was forgotten; Infinity for an input that is kept. */
  until: number;
}

/**
 * A forward that goes on after the steps of an earlier run. First the decoder recalls what each step was fed and what was
 * forgotten. Then {@link catchUp} computes the keys and values of all these inputs in few passes ("teacher forcing").
 *
 * Each input gets the number of its step as its time. So it sees what it saw in the earlier run, though a pass takes the
 * inputs of several steps.
 *
 * It is for decoders whose inputs have no times of their own.
 */
export class ResumedForward implements Forward {
  private steps = 0;
  private past: PastInput[] = [];
  /** The input that the model was fed in the place of the decoder's. */
  private readonly fedAs = new Map<TokenInput, TokenInput>();

  constructor(private readonly forward: Forward) {}

  get layout(): SequenceLayout {
    return this.forward.layout;
  }

  get costs(): PassCosts | undefined {
    return this.forward.costs;
  }

  get sampler(): Sampler | undefined {
    const { sampler } = this.forward;
    return (
      sampler && {
        start: (draws) => sampler.start(draws),
        step: (inputs, predicting, draws) => sampler.step(this.timed(inputs), predicting, draws),
      }
    );
  }

  /** Notes what the next step of the earlier run was fed. @param forgotten inputs that were forgotten before the step */
  recall(inputs: readonly TokenInput[], forgotten: readonly TokenInput[]): void {
    this.steps++;
    const gone = new Set(forgotten);
    for (const past of this.past) if (gone.has(past.input)) past.until = this.steps;
    this.past.push(...inputs.map((input) => ({ input, time: this.steps, until: Infinity })));
  }

  /**
   * Computes the keys and values of all that was recalled. Call it once, after the last `recall`.
   * @param asked an input of the last step that was recalled
   * @returns logits [codes] of the cell that the asked input predicts; undefined when none is asked
   */
  async catchUp(asked?: TokenInput): Promise<Float32Array | undefined> {
    await this.forward.start();
    const past = this.past.sort((a, b) => a.time - b.time || a.input.position - b.input.position);
    this.past = [];
    let logits: Float32Array | undefined;
    let passing: { readonly fed: TokenInput; readonly until: number }[] = [];
    for (let begin = 0; begin < past.length; begin += INPUTS_A_PASS) {
      const pass = past.slice(begin, begin + INPUTS_A_PASS).map(({ input, time, until }) => {
        const fed = { ...input, time, ...(until < Infinity && { until }) };
        this.fedAs.set(input, fed);
        return { fed, until };
      });
      const inputs = pass.map(({ fed }) => fed);
      const place = past.slice(begin, begin + INPUTS_A_PASS).findIndex(({ input }) => input === asked);
      const [row] = await this.forward.step(inputs, [place === -1 ? inputs.length - 1 : place]);
      if (place !== -1) logits = row?.slice();
      const next = past[begin + INPUTS_A_PASS]?.time ?? Infinity;
      passing.push(...pass.filter(({ until }) => until < Infinity));
      this.forward.forget(passing.filter(({ until }) => until <= next).map(({ fed }) => fed));
      passing = passing.filter(({ until }) => until > next);
    }
    return logits;
  }

  start(): Promise<Float32Array> {
    return this.forward.start();
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]> {
    return this.forward.step(this.timed(inputs), predicting);
  }

  forget(inputs: readonly TokenInput[]): void {
    this.forward.forget(inputs.map((input) => this.fedAs.get(input) ?? input));
    for (const input of inputs) this.fedAs.delete(input);
  }

  release(): void {
    this.forward.release?.();
  }

  /** The inputs of the next step, with its number as their time. */
  private timed(inputs: readonly TokenInput[]): readonly TokenInput[] {
    const time = ++this.steps;
    return inputs.map((input) => {
      const fed = { ...input, time };
      this.fedAs.set(input, fed);
      return fed;
    });
  }
}
