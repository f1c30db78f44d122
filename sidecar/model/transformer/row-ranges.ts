import type { WeightSource } from '../checkpoint';
import type { RowRange, TransformerTensor } from '../family';
import { rowsOfTensor, type TensorLocation } from '../weights/tensor-location';

/** A checkpoint whose tensors can also be read by rows, in place. Each range of rows has a name of its own. */
export class RowRanges implements WeightSource {
  readonly file: string;
  readonly folder: string;
  private readonly ranges: ReadonlyMap<string, RowRange>;

  /** @param tensors those with `rows` are ranges */
  constructor(
    private readonly whole: WeightSource,
    tensors: readonly TransformerTensor[],
  ) {
    this.file = whole.file;
    this.folder = whole.folder;
    this.ranges = new Map(tensors.flatMap(({ name, rows }) => (rows ? [[name, rows] as const] : [])));
  }

  tensor(name: string, shape: readonly number[]): TensorLocation {
    const range = this.ranges.get(name);
    if (!range) return this.whole.tensor(name, shape);
    const [rows = 0, ...inner] = shape;
    const { first, total } = range;
    const location = this.whole.tensor(range.tensor, [total, ...inner]);
    if (first + rows > total) throw new RangeError(`${name} ends after the last row of ${range.tensor}.`);
    return rowsOfTensor(location, first, rows);
  }

  rows(name: string, columns: number): number {
    return this.whole.rows(name, columns);
  }
}
