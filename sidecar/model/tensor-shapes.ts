import { ModelError } from './model-error';
import type { TensorDirectory } from './weights/tensor-directory';
import { sentence } from '../protocol/sentence';

/** The shapes of a checkpoint's tensors, from which its architecture is read. */
export class TensorShapes {
  /** @param file the checkpoint, for messages */
  constructor(
    readonly file: string,
    private readonly tensors: TensorDirectory,
  ) {}

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Number of dimensions of a tensor; undefined when there is no such tensor. @throws WeightsError when it is unreadable */
  rank(name: string): number | undefined {
    return this.tensors.get(name)?.shape.length;
  }

  /** Shape of a matrix. @throws ModelError when there is no such matrix */
  matrix(name: string): readonly [rows: number, columns: number] {
    const [rows, columns] = this.shape(name, 2);
    return [rows ?? 0, columns ?? 0];
  }

  /** Channels of a convolution. @throws ModelError when there is no such convolution */
  convolution(name: string): { readonly out: number; readonly in: number } {
    const [outChannels, inChannels] = this.shape(name, 4);
    return { out: outChannels ?? 0, in: inChannels ?? 0 };
  }

  /** Shape of a tensor with `rank` dimensions. @throws ModelError when there is no such tensor */
  dims(name: string, rank: number): readonly number[] {
    return this.shape(name, rank);
  }

  /** Number of tensors with a numbered name, counted from 0 to the first missing one. */
  count(name: (index: number) => string): number {
    let index = 0;
    while (this.has(name(index))) index++;
    return index;
  }

  private shape(name: string, rank: number): readonly number[] {
    const location = this.tensors.get(name);
    if (!location)
      throw new ModelError(sentence`${this.file} has no tensor "${name}"; a part of the model is missing.`);
    if (location.shape.length !== rank || location.shape.includes(0)) {
      throw new ModelError(
        sentence`${this.file}: tensor "${name}" has shape [${location.shape.join(', ')}], which no known model has.`,
      );
    }
    return location.shape;
  }
}
