import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { ModelError } from './model-error';
import { openWeights } from './weights/open-weights';
import { TensorDirectory } from './weights/tensor-directory';
import type { TensorLocation, WeightDType } from './weights/tensor-location';
import { quoted, WeightsError } from './weights/weights-error';
import { withoutWrapperNames } from './wrapper-names';
import { sentence, type Said } from '../protocol/sentence';

/** Types that graphs compute with. */
const WEIGHT_DTYPES: readonly WeightDType[] = ['F32', 'F16', 'BF16'];
/** Types that packed files may hold. Packed weights are stored as bytes. */
const PACKED_DTYPES: readonly WeightDType[] = [...WEIGHT_DTYPES, 'U8'];

/**
 * The place where the builders of graphs find weights: a file's tensors. The builder gives the shape that each tensor must
 * have.
 */
export interface WeightSource {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Folder of the bytes. */
  readonly folder: string;
  tensor(name: string, shape: readonly number[]): TensorLocation;
  /** Rows of a matrix with `columns` columns, where only the weights tell the number of rows. */
  rows(name: string, columns: number): number;
}

/** A weight file's tensors. The caller gives the shape that each tensor must have. */
export class Checkpoint implements WeightSource {
  private constructor(
    /** The file as the user knows it, for messages. */
    readonly file: string,
    /** Folder of the bytes, with links followed: ONNX Runtime reads no file outside the folder that it gets. */
    readonly folder: string,
    private readonly tensors: TensorDirectory,
    private readonly describedBy: Said,
    private readonly dtypes: readonly WeightDType[],
  ) {}

  /**
   * Opens a weight file.
   * @param describedBy the source that says which tensors the file holds, for messages
   * @throws WeightsError when the file is missing or damaged; ModelError when its parts lie in several folders
   */
  static open(folder: string, name: string, describedBy: Said = sentence`the manifest`): Promise<Checkpoint> {
    return Checkpoint.openTypes(path.join(folder, name), describedBy, WEIGHT_DTYPES);
  }

  /** Opens a file that this program packed. @throws WeightsError */
  static openPacked(file: string): Promise<Checkpoint> {
    return Checkpoint.openTypes(file, sentence`the manifest`, PACKED_DTYPES);
  }

  private static async openTypes(
    file: string,
    describedBy: Said,
    dtypes: readonly WeightDType[],
  ): Promise<Checkpoint> {
    const folder = path.dirname(file);
    const tensors = withoutWrapperNames(await openWeights(file), file);
    const real = new Map<string, string>();
    for (const { file: part } of tensors.values()) if (!real.has(part)) real.set(part, await realpath(part));
    const [home = folder, ...others] = new Set([...real.values()].map((part) => path.dirname(part)));
    if (others.length > 0) {
      throw new ModelError(
        sentence`${file}: its parts are links into several folders (${[home, ...others].join(', ')}); put them into one.`,
      );
    }
    const located = [...tensors].map(([tensor, location]) => {
      return [tensor, { ...location, file: real.get(location.file) ?? location.file }] as const;
    });
    const directory = new TensorDirectory(new Map(located), tensors.unreadable);
    return new Checkpoint(file, home, directory, describedBy, dtypes);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /**
   * The place of a tensor.
   * @throws ModelError when the tensor is missing or has another shape; WeightsError when it is unusable
   */
  tensor(name: string, shape: readonly number[]): TensorLocation {
    const location = this.tensors.get(name);
    if (!location)
      throw new ModelError(
        sentence`${this.file} has no tensor "${name}"; it is not the file ${this.describedBy} describes.`,
      );
    if (location.shape.length !== shape.length || location.shape.some((length, i) => length !== shape[i])) {
      throw new ModelError(
        sentence`${this.file}: tensor "${name}" has shape [${location.shape.join(', ')}] where ${this.describedBy} implies [${shape.join(', ')}]; correct ${this.describedBy}.`,
      );
    }
    if (!this.dtypes.includes(location.dtype)) {
      throw new WeightsError(
        this.file,
        sentence`tensor ${quoted(name)} has the type ${location.dtype}, which this program does not compute with`,
        sentence`Use the model in F32, F16 or BF16.`,
      );
    }
    return location;
  }

  /** Rows of a matrix with `columns` columns, where only the weights tell the number of rows. @throws ModelError */
  rows(name: string, columns: number): number {
    return this.tensor(name, [this.tensors.get(name)?.shape[0] ?? 0, columns]).shape[0] ?? 0;
  }
}
