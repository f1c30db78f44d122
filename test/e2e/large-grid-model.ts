import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMBEDDED } from '../fixtures/embedded-model';

/** Rows and columns of a grid on which raster order takes minutes: a run is still under way when a slow window gets to it. */
const SIDE = 128;

/** Steps of raster order on the grid with `SIDE`. */
export const LARGE_GRID_STEPS = SIDE * SIDE;

/**
 * Makes a folder with the embedded model on a grid so large that raster order takes thousands of steps.
 *
 * @param side rows and columns of the grid
 * @returns The folder; the caller removes it.
 */
export function largeGridModel(side = SIDE): string {
  const folder = mkdtempSync(join(tmpdir(), 'zipar-large-'));
  cpSync(EMBEDDED.folder, folder, { recursive: true });
  const manifest = join(folder, 'zipar-model.json');
  const model = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(manifest, JSON.stringify({ ...model, name: 'large grid', grid: [side, side] }));
  return folder;
}
