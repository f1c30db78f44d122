import type { PromptHalf } from '../family';
import { HostTensor, type Tensor, type Tensors } from '../../runtime/tensor';

/**
 * The halves of a prompt in one batch. A half that is shorter than the other one begins later: the positions before it are
 * empty, and no token sees them. So both halves end together, where the picture begins. Each half keeps its own positions.
 */
export class AlignedHalves {
  /** Positions of the longest half. */
  readonly length: number;
  /** For each half, which positions no other token sees. */
  readonly padded: readonly (readonly boolean[])[];

  /** @param halves of the same kind, each at least one position long */
  constructor(private readonly halves: readonly PromptHalf[]) {
    this.length = Math.max(...halves.map(({ padded }) => padded.length));
    this.padded = halves.map((half) => [...this.empty(half).map(() => true), ...half.padded]);
  }

  get count(): number {
    return this.halves.length;
  }

  forEach<T>(valueOf: () => T): T[] {
    return this.halves.map(valueOf);
  }

  /** The ids of each half; 0 at empty positions. */
  ids(): readonly (readonly number[])[] {
    return this.halves.map((half) => {
      if (half.kind !== 'ids') throw new Error('This prompt has no ids.');
      return [...this.empty(half).map(() => 0), ...half.ids];
    });
  }

  /** Positions of the batch, as each half counts them. Empty positions count as 0. */
  ownPositions(positions: readonly number[]): readonly (readonly number[])[] {
    return this.halves.map(({ padded }) => {
      const begin = this.length - padded.length;
      return positions.map((position) => Math.max(0, position - begin));
    });
  }

  /** The input of the prompt's encoder: `ids` int64 [B, T], or `embeddings` float [B, T, dim]. */
  encoderInput(): Tensors {
    if (this.halves.every(({ kind }) => kind === 'ids')) {
      const ids = this.ids().flat();
      return { ids: new HostTensor('int64', BigInt64Array.from(ids, BigInt), [this.count, this.length]) };
    }
    return { embeddings: this.embeddings() };
  }

  private embeddings(): Tensor {
    const [dim = 0] = this.halves.map((half) =>
      half.kind === 'embeddings' ? half.embeddings.length / half.padded.length : 0,
    );
    const joined = new Float32Array(this.count * this.length * dim);
    for (const [i, half] of this.halves.entries()) {
      if (half.kind !== 'embeddings') throw new Error('The halves of a prompt must be of one kind.');
      joined.set(half.embeddings, (i * this.length + this.empty(half).length) * dim);
    }
    return new HostTensor('float32', joined, [this.count, this.length, dim]);
  }

  private empty({ padded }: PromptHalf): readonly undefined[] {
    return Array.from({ length: this.length - padded.length }, () => undefined);
  }
}
