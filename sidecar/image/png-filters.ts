/** Bytes a pixel: RGB. */
const BPP = 3;

/** What a filter predicts of a byte from the bytes to its left, above it, and above its left. */
type Predictor = (left: number, above: number, aboveLeft: number) => number;

/** By filter type 0..4: none, sub, up, average, Paeth (https://www.w3.org/TR/png-3/#9Filter-types). */
const PREDICTORS: readonly Predictor[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

/**
 * Each row preceded by its filter type, the one whose residuals have the least sum of magnitudes: the PNG
 * specification's own rule, which makes pictures about half as large as unfiltered.
 *
 * @param rgb [height, width, 3]
 * @returns [height, 1 + 3 * width]
 */
export function filterRows(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const stride = BPP * width;
  const filtered = new Uint8Array(height * (1 + stride));
  let above: Uint8Array = new Uint8Array(BPP + stride);
  for (let y = 0; y < height; y++) {
    // With a black pixel to the left, as the filters presume.
    const row = new Uint8Array(BPP + stride);
    row.set(rgb.subarray(y * stride, (y + 1) * stride), BPP);
    filtered.set(bestFiltered(row, above), y * (1 + stride));
    above = row;
  }
  return filtered;
}

function bestFiltered(row: Uint8Array, above: Uint8Array): Uint8Array {
  let best = row;
  let leastCost = Infinity;
  for (const [type, predict] of PREDICTORS.entries()) {
    const candidate = filterRow(row, above, type, predict);
    const cost = sumOfMagnitudes(candidate);
    if (cost < leastCost) [best, leastCost] = [candidate, cost];
  }
  return best;
}

/** @returns filter type, then the residual of each byte */
function filterRow(row: Uint8Array, above: Uint8Array, type: number, predict: Predictor): Uint8Array {
  const filtered = new Uint8Array(1 + row.length - BPP);
  filtered[0] = type;
  for (let i = BPP; i < row.length; i++) {
    filtered[i - BPP + 1] = (row[i] ?? 0) - predict(row[i - BPP] ?? 0, above[i] ?? 0, above[i - BPP] ?? 0);
  }
  return filtered;
}

/** Residuals are signed: 255 is -1. The filter type counts too little to matter. */
function sumOfMagnitudes(filtered: Uint8Array): number {
  let sum = 0;
  for (const residual of filtered) sum += residual < 128 ? residual : 256 - residual;
  return sum;
}

/** Whichever neighbour is nearest to left + above - aboveLeft; ties in this order. */
function paeth(left: number, above: number, aboveLeft: number): number {
  const estimate = left + above - aboveLeft;
  const toLeft = Math.abs(estimate - left);
  const toAbove = Math.abs(estimate - above);
  const toAboveLeft = Math.abs(estimate - aboveLeft);
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
