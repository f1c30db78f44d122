/** Widest shape that Lumina-mGPT was trained on, as a ratio of its sides. */
const MAX_RATIO = 4;
/** Pixels of a unit of size. */
const UNIT_PIXELS = 32;

/** The resolution in a model's name, such as 768 in Lumina-mGPT-7B-768; undefined when the name has none. */
export function publishedSize(name: string): number | undefined {
  const size = /(?:^|[-_])(512|768|1024)(?:$|[-_])/.exec(name)?.[1];
  return size === undefined ? undefined : Number(size);
}

/**
 * The grids of a resolution: the square first, then the others by their width. They are all sizes in units of 32 pixels that
 * cannot grow without a larger area than the square (github.com/Alpha-VLLM/Lumina-mGPT, `generate_crop_size_list`).
 * @param size side of the square in pixels
 * @returns rows, columns
 */
export function publishedGrids(size: number): readonly (readonly [number, number])[] {
  const area = (size / UNIT_PIXELS) ** 2;
  const grids: [number, number][] = [];
  let [columns, rows] = [area, 1];
  while (columns > 0) {
    if (Math.max(columns, rows) / Math.min(columns, rows) <= MAX_RATIO) grids.push([2 * rows, 2 * columns]);
    if ((rows + 1) * columns <= area) rows++;
    else columns--;
  }
  const isSquare = ([height, width]: readonly [number, number]): boolean =>
    height === width && height * width === 4 * area;
  return [...grids.filter(isSquare), ...grids.filter((grid) => !isSquare(grid))];
}
