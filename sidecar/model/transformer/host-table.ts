import { readTensorAsFloat32 } from '../weights/read-tensor';
import type { TensorLocation } from '../weights/tensor-location';
import { HostTensor, type Tensor } from '../../runtime/tensor';

/** A table of a checkpoint that stays out of the graph: its rows are read from the file and handed over with each pass. */
export interface HostTable {
  /** The graph's input that takes the rows: float [B, n, columns]. */
  readonly input: string;
  /** [rows, columns] */
  readonly location: TensorLocation;
}

/** The rows of a table for the tokens of a pass: [halves, n, columns]. @param ids of each half */
export async function rowsOf({ location }: HostTable, ids: readonly (readonly number[])[]): Promise<Tensor> {
  const [rows = 0, columns = 0] = location.shape;
  const byteLength = location.byteLength / rows;
  const read = new Map<number, Float32Array>();
  const all = ids.flat();
  for (const id of new Set(all)) {
    const offset = location.offset + id * byteLength;
    read.set(id, await readTensorAsFloat32({ ...location, offset, byteLength, shape: [1, columns] }));
  }
  const joined = new Float32Array(all.length * columns);
  for (const [i, id] of all.entries()) joined.set(read.get(id) ?? [], i * columns);
  return new HostTensor('float32', joined, [ids.length, all.length / ids.length, columns]);
}
