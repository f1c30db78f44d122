import type { DecoderName } from '../sidecar/protocol';

/** Numbers of rows and columns of a token grid. */
export type Grid = readonly [height: number, width: number];

/**
 * Steps that ZipAR takes: W for the first row, then each further row ends `window` steps after the row above. The sum is W +
 * (H-1)*window, with the windowed first row of the paper. Window W is raster order.
 */
function ziparSteps([height, width]: Grid, window: number): number {
  return width + (height - 1) * Math.min(window, width);
}

/**
 * Least number of steps that a decoder takes. With adaptive row starts it may take more, but never more than raster order. Each
 * candidate is judged in the step after the one that drew it, so at best a row is one more token ahead.
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

/** Steps of raster order: one for each token. */
export function rasterSteps([height, width]: Grid): number {
  return height * width;
}

/** Windows worth offering for a width: powers of two up to it, and the width itself (raster's picture, no saving). */
export function offeredWindows(width: number, modelsOwn: number): number[] {
  const windows = new Set([modelsOwn, width]);
  for (let window = 1; window < width; window *= 2) windows.add(window);
  return [...windows].filter((window) => window >= 1 && window <= width).sort((a, b) => a - b);
}
