import { describe, expect, it } from 'vitest';
import { isTrained, parseGrid, pixelsOf, shapeName, withGrid } from '../../../extension/picture-grid';
import { publishedGrids as emu3Grids } from '../../../sidecar/model/families/emu3/published-grids';
import { publishedGrids as luminaGrids } from '../../../sidecar/model/families/lumina/published-grids';
import type { ModelSummary } from '../../../sidecar/protocol';

const model: ModelSummary = {
  ...{ name: 'emu', folder: '/emu', grid: [90, 90], trainedGrids: emu3Grids(), imageSize: [720, 720] },
  ...{ condition: 'prompt', classes: 0, classNames: [], weightBytes: 1, examples: [], words: [] },
  ...{ suffix: '', negative: '', defaults: { guidance: 3, temperature: 1, topK: 0, topP: 1, window: 23 } },
};

describe('the shape of a grid', () => {
  it('has its usual name, width first, for every published size of Emu3', () => {
    expect(emu3Grids().map(shapeName)).toEqual(['1:1', '3:4', '4:3', '2:3', '3:2', '9:16', '16:9']);
  });

  it('is some name for every published size of Lumina-mGPT', () => {
    for (const grid of luminaGrids(768)) expect(shapeName(grid)).toMatch(/^\d+:\d+$/);
    expect(luminaGrids(768).map(shapeName)[0]).toBe('1:1');
  });

  it('is its own numbers, as small as they can be, where no usual name is near', () => {
    expect(shapeName([10, 70])).toBe('7:1');
    expect(shapeName([70, 10])).toBe('1:7');
  });
});

describe('a grid', () => {
  it('is read as rows and columns, within limits', () => {
    expect([parseGrid('48x64'), parseGrid(' 48 × 64 '), parseGrid('1024X1')]).toEqual([
      [48, 64],
      [48, 64],
      [1024, 1],
    ]);
    for (const text of ['', '48', '0x4', '4x0', '1025x4', '4x4x4', '-4x4', '4.5x4'])
      expect(parseGrid(text)).toBeUndefined();
  });

  it('is trained when the model names it', () => {
    expect([isTrained(model, [90, 90]), isTrained(model, [104, 78]), isTrained(model, [48, 64])]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('changes the size of the picture and the window with it', () => {
    expect(pixelsOf(model, [78, 104])).toBe('832×624');
    const wide = withGrid(model, [78, 104]);
    expect([wide.grid, wide.imageSize, wide.defaults.window]).toEqual([[78, 104], [624, 832], 26]);
    expect(
      withGrid({ ...model, defaults: { ...model.defaults, window: 60 } }, [104, 40]).defaults.window,
    ).toBe(40);
    expect(pixelsOf({ ...model, imageSize: null }, [78, 104])).toBeUndefined();
  });
});
