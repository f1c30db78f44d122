/** Pixels along the side of a token's patch. */
const PATCH = 8;
/** Area of the published model's pictures, in pixels. */
const PUBLISHED_AREA = 720 * 720;
/** Shapes of pictures, as height to width. The square is first. */
const RATIOS = [
  [1, 1],
  [4, 3],
  [3, 4],
  [3, 2],
  [2, 3],
  [16, 9],
  [9, 16],
] as const;

/**
 * The grids of a model's pictures, the square first: all have about the same area (github.com/baaivision/Emu3,
 * `processing_emu3.py`, `calculate_generate_size`).
 * @param area pixels of a picture, where the config says it
 * @returns rows, columns
 */
export function publishedGrids(area = PUBLISHED_AREA): readonly (readonly [number, number])[] {
  return RATIOS.map(([height, width]) => {
    const scale = Math.sqrt(area / (height * width)) / PATCH;
    return [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
  });
}
