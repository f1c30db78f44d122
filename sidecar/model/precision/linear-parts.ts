import type { WeightPrecision } from '../../protocol';
import type { WeightSource } from '../checkpoint';
import { rowsOfTensor, type TensorLocation } from '../weights/tensor-location';
import { blockedShapes } from './block-quantization';
import type { LinearLayer } from './linear-layer';
import { blockBits } from './packing-plan';

/** Bytes of a tensor that every device with WebGPU holds: the standard's smallest limit for a bound buffer. */
export const SURE_TENSOR_BYTES = 128 << 20;

/** Bytes of a matrix's row in the largest tensor that a linear layer makes of it. @param inner numbers in the row */
export function rowBytes(precision: WeightPrecision, inner: number): number {
  switch (precision) {
    case 'stored':
      return 4 * inner; // narrower types are widened
    case 'float16':
      return 2 * inner;
    case 'int8':
    case 'int4': {
      const [, blocks, bytes] = blockedShapes(1, inner, blockBits(precision)).codes;
      return blocks * bytes;
    }
  }
}

/**
 * The same linear layer. A matrix that is too large for one tensor is computed in parts of its rows, which lie in the file where
 * they lie anyway. The results of the parts are put side by side.
 * @param most bytes of a tensor; at least one row is computed at a time
 * @param bytesOf gives the bytes of a row. Its argument is how many numbers the row has
 */
export function inParts(layer: LinearLayer, most: number, bytesOf: (inner: number) => number): LinearLayer {
  return (graph, checkpoint, node) => {
    const { name, out, inner } = node;
    const rows = Math.max(1, Math.floor(most / bytesOf(inner)));
    if (out <= rows) return layer(graph, checkpoint, node);
    const count = Math.ceil(out / rows);
    const products = Array.from({ length: count }, (_, i) => {
      const part = new MatrixPart(checkpoint, name, { first: i * rows, total: out });
      return layer(graph, part, { ...node, name: part.name, out: Math.min(rows, out - i * rows) });
    });
    return graph.op('Concat', products, { axis: 1 });
  };
}

/** Some rows of a matrix, under a name of their own. What belongs to a matrix, such as its scales, has names after its name. */
class MatrixPart implements WeightSource {
  readonly file: string;
  readonly folder: string;
  readonly name: string;

  /** @param first the first of the rows @param total rows of the matrix */
  constructor(
    private readonly whole: WeightSource,
    private readonly matrix: string,
    private readonly rowsOf: { readonly first: number; readonly total: number },
  ) {
    this.file = whole.file;
    this.folder = whole.folder;
    this.name = `${matrix} from row ${rowsOf.first}`;
  }

  tensor(name: string, [rows = 0, ...inner]: readonly number[]): TensorLocation {
    const { first, total } = this.rowsOf;
    const whole = this.whole.tensor(this.matrix + name.slice(this.name.length), [total, ...inner]);
    return rowsOfTensor(whole, first, rows);
  }

  rows(name: string, columns: number): number {
    return this.whole.rows(name, columns);
  }
}
