import type { Tensor as NativeTensor } from 'onnxruntime-node';
import { HostTensor, type Tensor, type TensorData, type Tensors } from '../tensor';
import { onnxLibrary } from './load-library';

/** Where ONNX Runtime says that a tensor in this process's memory is. */
const ON_HOST = 'cpu';

/** A tensor that ONNX Runtime put out. */
class OutputTensor implements Tensor {
  readonly dims: readonly number[];
  readonly isOnDevice: boolean;

  constructor(readonly native: NativeTensor) {
    this.dims = native.dims;
    this.isOnDevice = native.location !== ON_HOST;
  }

  get data(): TensorData {
    return this.native.data as TensorData;
  }

  dispose(): void {
    this.native.dispose();
  }
}

/** ONNX Runtime's tensors over arrays of this process, one for each: a cache's arrays are fed in every pass. */
const nativeTensors = new WeakMap<HostTensor, NativeTensor>();

/** Turns the inputs of a run into ONNX Runtime's tensors. No number is copied. */
export function toNative(inputs: Tensors): Record<string, NativeTensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, nativeOf(tensor)]));
}

/** Turns the outputs of a run into tensors of the program. No number is copied. */
export function fromNative(outputs: Readonly<Record<string, NativeTensor>>): Tensors {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, native]) => [name, new OutputTensor(native)]),
  );
}

function isOnHost(tensor: Tensor): tensor is HostTensor {
  return tensor instanceof HostTensor;
}

function nativeOf(tensor: Tensor): NativeTensor {
  if (tensor instanceof OutputTensor) return tensor.native;
  if (!isOnHost(tensor)) throw new Error('Another runtime made this tensor.');
  const known = nativeTensors.get(tensor);
  if (known) return known;
  const native = new (onnxLibrary().Tensor)(tensor.type, tensor.data, tensor.dims);
  nativeTensors.set(tensor, native);
  return native;
}
