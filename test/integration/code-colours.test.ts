/** Cheap previews: the colours that are found for codes, held against real pictures of the same codes. */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { paintCodes } from '../../sidecar/engine/cheap-previews';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { runZipar } from './zipar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

const { width: COLUMNS, height: ROWS } = EMBEDDED.grid;
const PATCH = EMBEDDED.image.width / COLUMNS;

/** The mean colour of each cell of a picture. */
function cellMeans(rgb: Uint8Array): number[] {
  const means = new Array<number>(3 * EMBEDDED.cells).fill(0);
  for (let i = 0; i < rgb.length; i++) {
    const [x, y] = [Math.floor(i / 3) % EMBEDDED.image.width, Math.floor(i / 3 / EMBEDDED.image.width)];
    const at = 3 * (Math.floor(y / PATCH) * COLUMNS + Math.floor(x / PATCH)) + (i % 3);
    means[at] = (means[at] ?? 0) + (rgb[i] ?? 0) / PATCH ** 2;
  }
  return means;
}

function meanError(one: ArrayLike<number>, other: ArrayLike<number>): number {
  return Array.from(one).reduce((sum, value, i) => sum + Math.abs(value - (other[i] ?? NaN)), 0) / one.length;
}

describe('the colours of the embedded model’s codes', () => {
  it('are near to what its image decoder draws', async () => {
    const model = await LoadedModel.open(EMBEDDED.folder, { provider: 'cpu', threads: 1 });
    try {
      const colours = await model.codeColours();
      const grid = { height: ROWS, width: COLUMNS };
      const { stdout } = await runZipar(tmpdir(), [
        ...['generate', 'snow at dawn', '--seed', '3', '--tokens-only', '--json'],
      ]);
      const tokens = Int32Array.from((JSON.parse(stdout) as { tokens: number[] }).tokens);
      const means = cellMeans((await model.decodeImage(tokens)).rgb);
      const cheap = meanError(paintCodes(tokens, grid, colours).rgb, means);
      const grey = meanError(new Uint8Array(3 * EMBEDDED.cells).fill(128), means);
      expect(cheap).toBeLessThan(0.6 * grey);
    } finally {
      await model.release();
    }
  });
});
