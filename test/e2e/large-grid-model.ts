import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Makes a folder with the embedded model on a grid so large that raster order takes thousands of steps.
 *
 * @param side rows and columns of the grid
 * @param shipped folder of the models that ship
 * @returns The folder; the caller removes it.
 */
export function largeGridModel(
  side = 64,
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
