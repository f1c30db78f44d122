/** The types of numbers that go into graphs and come out of them. `bool` is a byte for each value. */
export interface TensorArrays {
  readonly float32: Float32Array;
  readonly int64: BigInt64Array;
  readonly uint32: Uint32Array;
  readonly bool: Uint8Array;
}

export type TensorType = keyof TensorArrays;
export type TensorData = TensorArrays[TensorType];

/** Numbers that a graph takes or puts out. They lie in this process's memory, or on the device that computed them. */
export interface Tensor {
  readonly dims: readonly number[];
  /** Whether the numbers lie on a device. They can be fed to a graph there, and not read here. */
  readonly isOnDevice: boolean;
  /** The numbers, row by row. @throws Error when they lie on a device */
  readonly data: TensorData;
  /** Gives back the memory at once. Memory of a device has to be given back, because the garbage collector does not see it. */
  dispose(): void;
}

/** Tensors by the name of the graph's input or output. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A tensor over an array of this process. A graph reads the array in place, with what it holds by then. */
export class HostTensor<T extends TensorType = TensorType> implements Tensor {
  readonly isOnDevice = false;

  /** @param data as many numbers as `dims` multiply to */
  constructor(
    readonly type: T,
    readonly data: TensorArrays[T],
    readonly dims: readonly number[],
  ) {
    const wanted = dims.reduce((product, length) => product * length, 1);
    if (data.length !== wanted)
      throw new Error(`A tensor [${dims.join(', ')}] has ${wanted} numbers, not ${data.length}.`);
  }

  dispose(): void {
    // The garbage collector frees host memory.
  }
}
