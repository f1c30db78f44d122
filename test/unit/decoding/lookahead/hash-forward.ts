import { guide } from '../../../../sidecar/decoding/classifier-free-guidance';
import type { Forward } from '../../../../sidecar/decoding/forward';
import { uniformAt } from '../../../../sidecar/decoding/noise';
import {
  RasterLayout,
  type RowTerminators,
  type SequenceLayout,
} from '../../../../sidecar/decoding/sequence-layout';
import type { GridShape } from '../../../../sidecar/decoding/token-grid';
import { sees, type TokenInput } from '../../../../sidecar/decoding/token-input';

export interface HashModel {
  readonly grid: GridShape;
  readonly terminators: RowTerminators;
  /** Number of tokens in the codebook. */
  readonly codes: number;
  readonly seed: number;
  /** Weight of what a query saw, beside a taste that each place has. */
  readonly sensitivity: number;
  readonly guidance: number;
}

/** 32 bits from two numbers. */
function mixed(a: number, b: number): number {
  let x = (Math.imul(a, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35)) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) >>> 0;
  return Math.imul(x ^ (x >>> 13), 0x297a2d39) >>> 0;
}

/**
 * A model that is exact by construction. The state of an input is a hash of its token, its position and the states of all
 * inputs that it sees. So it depends on everything that they saw. The state is computed in the pass that feeds the input, and kept.
 * So any wrong, missing or superfluous input changes all later logits.
 */
export class HashForward implements Forward {
  readonly layout: SequenceLayout;
  /** States of the inputs that are kept. */
  private readonly kept = new Map<TokenInput, number>();

  constructor(private readonly model: HashModel) {
    this.layout = new RasterLayout(model.grid, model.terminators, (index) => 100 + Number(index));
  }

  get keptCount(): number {
    return this.kept.size;
  }

  start(): Promise<Float32Array> {
    this.kept.clear();
    return Promise.resolve(this.logits(mixed(this.model.seed, 0), -1));
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<Float32Array[]> {
    const ordered = [...inputs].sort((a, b) => a.position - b.position || (a.time ?? 0) - (b.time ?? 0));
    for (const input of ordered) {
      const seen = [...this.kept].filter(([key]) => sees(input, key));
      seen.sort(([a], [b]) => a.position - b.position);
      let state = mixed(this.model.seed, input.position);
      let last = -1;
      for (const [{ position }, other] of [...seen, [input, 0] as const]) {
        if (position === last) throw new Error(`A query sees two tokens at position ${position}.`);
        last = position;
        state = mixed(state, other);
      }
      this.kept.set(input, mixed(state, input.token));
    }
    return Promise.resolve(
      predicting.map((i) => {
        const input = inputs[i];
        const state = input && this.kept.get(input);
        if (state === undefined) throw new Error(`There is no input ${i}.`);
        return this.logits(state, input?.position ?? NaN);
      }),
    );
  }

  forget(inputs: readonly TokenInput[]): void {
    for (const input of inputs)
      if (!this.kept.delete(input)) throw new Error(`No input at position ${input.position} is kept.`);
  }

  private logits(state: number, position: number): Float32Array {
    const { codes, sensitivity, guidance, seed } = this.model;
    const half = (which: number): Float32Array =>
      Float32Array.from(
        { length: codes },
        (_, token) =>
          3 * uniformAt(seed, token, position + 2) + sensitivity * uniformAt(state, token, 1000 + which),
      );
    const logits = half(0);
    if (guidance !== 1) guide(logits, half(1), guidance);
    return logits;
  }
}
