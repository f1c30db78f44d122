import { describe, expect, it } from 'vitest';
import { inputsBefore, RasterLayout, type RowTerminators } from '../../../sidecar/decoding/sequence-layout';
import type { CodebookIndex, ModelToken, RasterPosition } from '../../../sidecar/decoding/token-grid';

const GRID = { height: 3, width: 2 };
const EOL = 7;

function positions(terminators: RowTerminators): number[] {
  const layout = new RasterLayout(GRID, terminators);
  return Array.from({ length: 6 }, (_, cell) => layout.positionOf(cell));
}

describe('a raster layout', () => {
  it('places cells one after the other where no row has a terminator', () => {
    expect(positions({ after: 'no-row' })).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each(['each-row', 'each-row-but-the-last'] as const)('leaves a position after a row: %s', (after) => {
    expect(positions({ after, token: EOL })).toEqual([0, 1, 3, 4, 6, 7]);
  });

  it('is as long as its cells and terminators', () => {
    const grid = { height: 90, width: 90 };
    expect(new RasterLayout(grid).length).toBe(8100);
    // The number of steps that the paper counts for Emu3-Gen.
    expect(new RasterLayout(grid, { after: 'each-row', token: EOL }).length).toBe(8190);
    expect(new RasterLayout(grid, { after: 'each-row-but-the-last', token: EOL }).length).toBe(8189);
  });

  it('has a terminator directly before each row but the first', () => {
    const layout = new RasterLayout(GRID, { after: 'each-row', token: EOL });
    expect([0, 1, 2, 3, 4, 5].map((cell) => layout.fixedBefore(cell))).toEqual([
      [],
      [],
      [{ position: 2, token: EOL }],
      [],
      [{ position: 5, token: EOL }],
      [],
    ]);
  });

  it('feeds picture tokens under their ids in the model’s vocabulary', () => {
    const layout = new RasterLayout(GRID, { after: 'each-row', token: EOL }, (index) => index + 1000);
    expect(layout.inputOf(3, 5)).toEqual({ position: 4, token: 1005 });
    expect(inputsBefore(layout, 2, (cell) => 50 + cell)).toEqual([
      { position: 1, token: 1051 },
      { position: 2, token: EOL },
    ]);
  });

  it('keeps the meanings of numbers apart when compiled', () => {
    const index: CodebookIndex = 3;
    const cell: RasterPosition = 3;
    // @ts-expect-error A codebook index is not an id of the model's vocabulary.
    const token: ModelToken = index;
    // @ts-expect-error A cell is not a position in the sequence.
    new RasterLayout(GRID).inputOf(index, cell);
    expect(token).toBe(3);
  });
});
