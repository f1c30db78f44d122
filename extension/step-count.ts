import type { DecoderName } from '../sidecar/protocol';

/** Rows, columns of a token grid. */
export type Grid = readonly [height: number, width: number];

/**
 * Forward passes ZipAR takes: W for the first row, then each further row ends `window` passes after the one above.
 * W + (H-1)*window, with the windowed first row of the paper; window W is raster order.
 */
function ziparSteps([height, width]: Grid, window: number): number {
  return width + (height - 1) * Math.min(window, width);
}

/**
 * Forward passes a decoder takes; with adaptive row starts at least, and at most raster order's: a candidate is judged
 * in the pass after it was drawn, so that a row is one token further ahead at best.
 */
export function leastSteps(grid: Grid, decoder: DecoderName, window: number): number {
  switch (decoder) {
    case 'raster':
      return rasterSteps(grid);
    case 'zipar':
      return ziparSteps(grid, window);
    case 'zipar-adaptive':
      return ziparSteps(grid, window + 1);
  }
}

/** One forward pass a token. */
export function rasterSteps([height, width]: Grid): number {
  return height * width;
}

/** Windows worth offering for a width: powers of two up to it, and the width itself (raster's picture, no saving). */
export function offeredWindows(width: number, modelsOwn: number): number[] {
  const windows = new Set([modelsOwn, width]);
  for (let window = 1; window < width; window *= 2) windows.add(window);
  return [...windows].filter((window) => window >= 1 && window <= width).sort((a, b) => a - b);
}
