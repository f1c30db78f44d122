/** Bytes of a pixel: RGB. */
const BPP = 3;

/** Predicts a byte from the bytes to its left, above it, and above its left. */
type Predictor = (left: number, above: number, aboveLeft: number) => number;

/** Predictors by filter type 0..4: none, sub, up, average, Paeth (https://www.w3.org/TR/png-3/#9Filter-types). */
const PREDICTORS: readonly Predictor[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

/**
 * Filters each row, and puts the filter type before the row. It takes the type whose residuals have the least sum of
 * magnitudes. The PNG specification suggests this rule. It makes pictures about half as large as unfiltered ones.
 *
 * @param rgb [height, width, 3]
 * @returns [height, 1 + 3 * width]
 */
export function filterRows(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const stride = BPP * width;
  const filtered = new Uint8Array(height * (1 + stride));
  let above: Uint8Array = new Uint8Array(BPP + stride);
  for (let y = 0; y < height; y++) {
    // The row begins with a black pixel to the left, as the filters expect.
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

/** @returns the filter type, then the residual of each byte */
function filterRow(row: Uint8Array, above: Uint8Array, type: number, predict: Predictor): Uint8Array {
  const filtered = new Uint8Array(1 + row.length - BPP);
  filtered[0] = type;
  for (let i = BPP; i < row.length; i++) {
    filtered[i - BPP + 1] = (row[i] ?? 0) - predict(row[i - BPP] ?? 0, above[i] ?? 0, above[i - BPP] ?? 0);
  }
  return filtered;
}

/**
 * The sum of the residuals' magnitudes. Residuals are signed: 255 is -1. The filter type is counted too, but is too small
 * to matter.
 */
function sumOfMagnitudes(filtered: Uint8Array): number {
  let sum = 0;
  for (const residual of filtered) sum += residual < 128 ? residual : 256 - residual;
  return sum;
}

/**
 * The neighbour that is nearest to left + above - aboveLeft. A tie goes to the first in this order: left, above,
 * aboveLeft.
 */
function paeth(left: number, above: number, aboveLeft: number): number {
  const estimate = left + above - aboveLeft;
  const toLeft = Math.abs(estimate - left);
  const toAbove = Math.abs(estimate - above);
  const toAboveLeft = Math.abs(estimate - aboveLeft);
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
