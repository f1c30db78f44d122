import type { ModelSummary } from '../sidecar/protocol';

/** Rows and columns of a token grid. */
export type GridSides = readonly [number, number];

/** Shapes of pictures that have a usual name, as width to height, the wider side first. */
const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [4, 3],
  [3, 2],
  [16, 9],
  [2, 1],
  [5, 2],
  [3, 1],
  [4, 1],
];
/** Largest difference, as a share, at which a grid still counts as one of the shapes. */
const MOST_DIFFERENCE = 0.06;
/** Rows or columns of a grid at most. */
const MAX_SIDE = 1024;

/** The shape of a grid as people name it, width first: "16:9". A grid of another shape has its own numbers, as small as they can be. */
export function shapeName([rows, columns]: GridSides): string {
  const ratio = Math.max(rows, columns) / Math.min(rows, columns);
  const difference = ([wide, high]: readonly [number, number]): number => Math.abs((ratio * high) / wide - 1);
  const [nearest] = [...SHAPES].sort((a, b) => difference(a) - difference(b));
  const common = commonDivisor(rows, columns);
  const [longer, shorter] =
    nearest && difference(nearest) <= MOST_DIFFERENCE
      ? nearest
      : [Math.max(rows, columns) / common, Math.min(rows, columns) / common];
  return columns >= rows ? `${longer}:${shorter}` : `${shorter}:${longer}`;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** A grid that the user typed, such as "48x64": rows, columns. Undefined when the text is none. */
export function parseGrid(text: string): GridSides | undefined {
  const match = /^\s*(\d{1,4})\s*[x×]\s*(\d{1,4})\s*$/i.exec(text);
  const [rows, columns] = [Number(match?.[1]), Number(match?.[2])];
  const isSide = (side: number): boolean => side >= 1 && side <= MAX_SIDE;
  return match && isSide(rows) && isSide(columns) ? [rows, columns] : undefined;
}

/** Whether a model was trained on a grid. */
export function isTrained({ grid, trainedGrids }: ModelSummary, sides: GridSides): boolean {
  return [grid, ...trainedGrids].some((known) => known.join() === sides.join());
}

/** Pixels of the picture of a grid, as "720×720", width first; undefined for a model that makes tokens only. */
export function pixelsOf({ grid, imageSize }: ModelSummary, [rows, columns]: GridSides): string | undefined {
  if (!imageSize) return undefined;
  const patch = imageSize[0] / grid[0];
  return `${columns * patch}×${rows * patch}`;
}

/** The model as it is with another grid. Where its window is a quarter of the width, it is one of the new width. */
export function withGrid(model: ModelSummary, grid: GridSides): ModelSummary {
  const quarter = (width: number): number => Math.max(1, Math.round(width / 4));
  const { window } = model.defaults;
  const isQuarter = window === quarter(model.grid[1]);
  const next = isQuarter ? quarter(grid[1]) : Math.min(window, grid[1]);
  return {
    ...model,
    grid,
    imageSize: model.imageSize && [
      (grid[0] * model.imageSize[0]) / model.grid[0],
      (grid[1] * model.imageSize[1]) / model.grid[1],
    ],
    defaults: { ...model.defaults, window: next },
  };
}
