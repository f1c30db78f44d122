import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Rows and columns of a grid on which raster order takes minutes: a run is still under way when a slow window gets to it. */
const SIDE = 128;

/** Steps of raster order on the grid with `SIDE`. */
export const LARGE_GRID_STEPS = SIDE * SIDE;

/**
 * Makes a folder with the embedded model on a grid so large that raster order takes thousands of steps.
 *
 * @param side rows and columns of the grid
 * @param shipped folder of the models that ship
 * @returns The folder; the caller removes it.
 */
export function largeGridModel(
  side = SIDE,
  shipped = resolve(import.meta.dirname, '../../sidecar/models'),
): string {
  const [name] = readdirSync(shipped).sort();
  const folder = mkdtempSync(join(tmpdir(), 'zipar-large-'));
  cpSync(join(shipped, name ?? ''), folder, { recursive: true });
  const manifest = join(folder, 'zipar-model.json');
  const model = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(manifest, JSON.stringify({ ...model, name: 'large grid', grid: [side, side] }));
  return folder;
}
