/**
 * Share of drafts that are right in simulations of a lookahead. With this share, raster order on the embedded model's grid takes
 * the steps that were measured with 8 cells a row (docs/lookahead.md).
 */
export const CONFIRMED = 0.74;
