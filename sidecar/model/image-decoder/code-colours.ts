/** Cells along the side of a sampled picture, and of a block of cells with the same code. */
export const SAMPLE_SIDE = 16;
const BLOCK = 2;
/** Pictures that are sampled: 64 codes each. */
export const SAMPLE_PICTURES = 8;
/** Weight of the wish for small coefficients, against noise: relative to the mean square of a coordinate. */
const RIDGE = 0.01;

/** A picture of a code in each block. */
export interface SampleGrid {
  /** [SAMPLE_SIDE * SAMPLE_SIDE] */
  readonly tokens: Int32Array;
  /** The code of each block, row after row. */
  readonly codes: readonly number[];
}

/** A pixel's red, green and blue, 0..255. */
export type Colour = readonly [number, number, number];

/** The sampled pictures: codes that lie evenly spread over the codebook, in an order that looks random. */
export function sampleGrids(codes: number): readonly SampleGrid[] {
  const blocks = SAMPLE_SIDE / BLOCK;
  return Array.from({ length: SAMPLE_PICTURES }, (_, picture) => {
    const chosen = Array.from({ length: blocks * blocks }, (__, i) =>
      spread(picture * blocks * blocks + i, codes),
    );
    const tokens = Int32Array.from({ length: SAMPLE_SIDE * SAMPLE_SIDE }, (__, cell) => {
      const [row, column] = [Math.floor(cell / SAMPLE_SIDE), cell % SAMPLE_SIDE];
      return chosen[Math.floor(row / BLOCK) * blocks + Math.floor(column / BLOCK)] ?? 0;
    });
    return { tokens, codes: chosen };
  });
}

/** The mean colour of each block of a sampled picture. @param rgb rows from the top, SAMPLE_SIDE * patch pixels a side */
export function blockColours(rgb: Uint8Array, patch: number): readonly Colour[] {
  const blocks = SAMPLE_SIDE / BLOCK;
  const side = BLOCK * patch;
  const width = SAMPLE_SIDE * patch;
  return Array.from({ length: blocks * blocks }, (_, block) => {
    const [top, left] = [Math.floor(block / blocks) * side, (block % blocks) * side];
    const sum: [number, number, number] = [0, 0, 0];
    for (let y = top; y < top + side; y++)
      for (let x = left; x < left + side; x++)
        for (let channel = 0; channel < 3; channel++)
          sum[channel] = (sum[channel] ?? 0) + (rgb[3 * (y * width + x) + channel] ?? 0);
    return [sum[0] / side ** 2, sum[1] / side ** 2, sum[2] / side ** 2];
  });
}

/**
 * A colour for each code, as the linear map of the codebook's vectors that fits the samples best (ridge regression). An image
 * decoder is far from linear, but the colour of a patch nearly is: the map tells sky from sand.
 * @param vectors [codes, dim]
 * @returns [codes, 3]
 */
export function fitColours(
  vectors: Float32Array,
  dim: number,
  samples: readonly { readonly code: number; readonly colour: Colour }[],
): Uint8Array<ArrayBuffer> {
  const features = dim + 1; // the last one is 1, for the constant
  const featureOf = (code: number, i: number): number => (i === dim ? 1 : (vectors[code * dim + i] ?? 0));
  const normal = Array.from({ length: features }, () => new Float64Array(features + 3));
  for (const { code, colour } of samples) {
    for (const [i, row] of normal.entries()) {
      const value = featureOf(code, i);
      for (let j = 0; j < features; j++) row[j] = (row[j] ?? 0) + value * featureOf(code, j);
      for (let channel = 0; channel < 3; channel++)
        row[features + channel] = (row[features + channel] ?? 0) + value * (colour[channel] ?? 0);
    }
  }
  let squares = 0;
  for (let i = 0; i < dim; i++) squares += normal[i]?.[i] ?? 0;
  const ridge = (RIDGE * squares) / Math.max(1, dim) + Number.EPSILON;
  for (let i = 0; i < dim; i++) add(normal[i], i, ridge);
  const map = solve(normal, features);
  const codes = vectors.length / dim;
  const colours = new Uint8Array(3 * codes);
  for (let code = 0; code < codes; code++) {
    for (let channel = 0; channel < 3; channel++) {
      let value = 0;
      for (let i = 0; i < features; i++) value += featureOf(code, i) * (map[i]?.[channel] ?? 0);
      colours[3 * code + channel] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return colours;
}

/** Solves the equations by elimination with pivots. @param rows of the matrix, with three right sides. @returns [size, 3] */
function solve(rows: readonly Float64Array[], size: number): readonly Colour[] {
  const left = [...rows];
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(left[row]?.[column] ?? 0) > Math.abs(left[pivot]?.[column] ?? 0)) pivot = row;
    const [chosen, other] = [left[pivot], left[column]];
    const head = chosen?.[column] ?? 0;
    if (!chosen || !other || head === 0) continue;
    [left[column], left[pivot]] = [chosen, other];
    for (let row = 0; row < size; row++) {
      const changed = left[row];
      if (!changed || row === column) continue;
      const factor = (changed[column] ?? 0) / head;
      if (factor === 0) continue;
      for (let j = column; j < size + 3; j++) add(changed, j, -factor * (chosen[j] ?? 0));
    }
  }
  return left.map((row, i) => {
    const head = row[i] ?? 0;
    const value = (channel: number): number => (head === 0 ? 0 : (row[size + channel] ?? 0) / head);
    return [value(0), value(1), value(2)];
  });
}

function add(row: Float64Array | undefined, place: number, value: number): void {
  if (row) row[place] = (row[place] ?? 0) + value;
}

/** The i-th code of a sequence that spreads evenly over the codebook: multiples of the golden ratio. */
function spread(i: number, codes: number): number {
  return Math.floor(((i * 0.6180339887498949) % 1) * codes);
}
