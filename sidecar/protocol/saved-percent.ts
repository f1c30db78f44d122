/**
 * Percentage of raster order's steps that a run saves, a whole number. It is rounded down, so it never flatters.
 * @param rasterSteps steps of raster order; 0 where there is nothing to compare, which saves nothing
 */
export function savedPercent(steps: number, rasterSteps: number): number {
  return rasterSteps > 0 ? Math.floor((100 * (rasterSteps - steps)) / rasterSteps) : 0;
}
