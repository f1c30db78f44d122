import type { Forward } from './forward';
import type { PassCosts } from './pass-costs';
import type { SequenceLayout } from './sequence-layout';
import type { CodebookIndex, RasterPosition, SequencePosition } from './token-grid';
import type { TokenInput } from './token-input';

/** A token that a cell must not get. */
export interface ForbiddenToken {
  readonly cell: RasterPosition;
  readonly token: CodebookIndex;
}

/**
 * A forward whose logits exclude some tokens of some cells, whatever the decoder draws them for. Tokens are drawn on the host, because
 * a device's sampler sees the logits of the model alone.
 */
export class ForbiddingForward implements Forward {
  /** By the position of the cell's token. */
  private readonly forbidden = new Map<SequencePosition, readonly CodebookIndex[]>();

  constructor(
    private readonly forward: Forward,
    tokens: readonly ForbiddenToken[],
  ) {
    for (const { cell, token } of tokens) {
      const position = forward.layout.positionOf(cell);
      this.forbidden.set(position, [...(this.forbidden.get(position) ?? []), token]);
    }
  }

  get layout(): SequenceLayout {
    return this.forward.layout;
  }

  get costs(): PassCosts | undefined {
    return this.forward.costs;
  }

  async start(): Promise<Float32Array> {
    return this.without(this.layout.positionOf(0), await this.forward.start());
  }

  async step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]> {
    const rows = await this.forward.step(inputs, predicting);
    // An input predicts the token that follows it in the sequence.
    return rows.map((row, i) => this.without((inputs[predicting[i] ?? -1]?.position ?? NaN) + 1, row));
  }

  forget(inputs: readonly TokenInput[]): void {
    this.forward.forget(inputs);
  }

  release(): void {
    this.forward.release?.();
  }

  private without(position: SequencePosition, logits: Float32Array): Float32Array {
    const tokens = this.forbidden.get(position);
    if (!tokens) return logits;
    const allowed = logits.slice();
    for (const token of tokens) allowed[token] = -Infinity;
    return allowed;
  }
}
