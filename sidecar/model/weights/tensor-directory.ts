import type { TensorLocation } from './tensor-location';
import type { WeightsError } from './weights-error';

/**
 * The tensors of a checkpoint by name. No tensor data is loaded. A file may also hold tensors that this program cannot read,
 * such as those of a newer type. These tensors matter only when the caller asks for one.
 */
export class TensorDirectory {
  /**
   * @param readable by name
   * @param unreadable why each of the others cannot be read, by name
   */
  constructor(
    private readonly readable: ReadonlyMap<string, TensorLocation>,
    readonly unreadable: ReadonlyMap<string, WeightsError> = new Map(),
  ) {}

  /** Whether the file has such a tensor, readable or not. */
  has(name: string): boolean {
    return this.readable.has(name) || this.unreadable.has(name);
  }

  /** @returns undefined when there is no such tensor @throws WeightsError when it cannot be read */
  get(name: string): TensorLocation | undefined {
    const problem = this.unreadable.get(name);
    if (problem) throw problem;
    return this.readable.get(name);
  }

  /** Names of the readable tensors. */
  keys(): IterableIterator<string> {
    return this.readable.keys();
  }

  /** The readable tensors. */
  values(): IterableIterator<TensorLocation> {
    return this.readable.values();
  }

  [Symbol.iterator](): IterableIterator<[string, TensorLocation]> {
    return this.readable[Symbol.iterator]();
  }
}
