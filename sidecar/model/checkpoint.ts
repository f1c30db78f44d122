import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { ModelError } from './model-error';
import { openWeights } from './weights/open-weights';
import type { TensorDirectory, TensorLocation } from './weights/tensor-location';

/** Where the builders of graphs find weights: a file's tensors, each asked for with the shape it has to have. */
export interface WeightSource {
  /** For messages. */
  readonly file: string;
  /** Where the bytes lie. */
  readonly folder: string;
  tensor(name: string, shape: readonly number[]): TensorLocation;
  /** Rows of a matrix with `columns` columns, where only the weights know how many. */
  rows(name: string, columns: number): number;
}

/** A weight file's tensors, each asked for with the shape it has to have. */
export class Checkpoint implements WeightSource {
  private constructor(
    /** As the user knows it, for messages. */
    readonly file: string,
    /** Where the bytes lie, links followed: ONNX Runtime reads nothing outside the folder it is given. */
    readonly folder: string,
    private readonly tensors: TensorDirectory,
    private readonly describedBy: string,
  ) {}

  /**
   * @param describedBy what says which tensors there are, for messages
   * @throws WeightsError when the file is missing or damaged; ModelError when its parts lie in several folders
   */
  static async open(folder: string, name: string, describedBy = 'the manifest'): Promise<Checkpoint> {
    const file = path.join(folder, name);
    const tensors = await openWeights(file);
    const real = new Map<string, string>();
    for (const { file: part } of tensors.values()) if (!real.has(part)) real.set(part, await realpath(part));
    const [home = folder, ...others] = new Set([...real.values()].map((part) => path.dirname(part)));
    if (others.length > 0) {
      throw new ModelError(
        `${file}: its parts are links into several folders (${[home, ...others].join(', ')}); put them into one.`,
      );
    }
    const located = [...tensors].map(([tensor, location]) => {
      return [tensor, { ...location, file: real.get(location.file) ?? location.file }] as const;
    });
    return new Checkpoint(file, home, new Map(located), describedBy);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** @throws ModelError when the tensor is missing or has another shape */
  tensor(name: string, shape: readonly number[]): TensorLocation {
    const location = this.tensors.get(name);
    if (!location)
      throw new ModelError(
        `${this.file} has no tensor "${name}"; it is not the file ${this.describedBy} describes.`,
      );
    if (location.shape.length !== shape.length || location.shape.some((length, i) => length !== shape[i])) {
      throw new ModelError(
        `${this.file}: tensor "${name}" has shape [${location.shape.join(', ')}] where ${this.describedBy} implies [${shape.join(', ')}]; correct ${this.describedBy}.`,
      );
    }
    return location;
  }

  /** Rows of a matrix with `columns` columns, where only the weights know how many. @throws ModelError */
  rows(name: string, columns: number): number {
    return this.tensor(name, [this.tensors.get(name)?.shape[0] ?? 0, columns]).shape[0] ?? 0;
  }
}
