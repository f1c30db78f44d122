import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Makes a folder with the embedded model on a grid so large that raster order takes thousands of steps.
 *
 * @returns The folder; the caller removes it.
 */
export function largeGridModel(): string {
  const shipped = resolve(import.meta.dirname, '../../sidecar/models');
  const [name] = readdirSync(shipped).sort();
  const folder = mkdtempSync(join(tmpdir(), 'zipar-large-'));
  cpSync(join(shipped, name ?? ''), folder, { recursive: true });
  const manifest = join(folder, 'zipar-model.json');
  const model = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(manifest, JSON.stringify({ ...model, name: 'large grid', grid: [64, 64] }));
  return folder;
}
