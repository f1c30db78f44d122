import { describe, expect, it } from 'vitest';
import { KEY_TABLE, keyAction, moveCell } from '../../../webview/keyboard';

describe('keys', () => {
  it.each([
    ['ArrowLeft', { kind: 'move-step', by: -1 }],
    ['ArrowRight', { kind: 'move-step', by: 1 }],
    // As the ARIA pattern of a slider says.
    ['PageUp', { kind: 'move-step', by: 10 }],
    ['PageDown', { kind: 'move-step', by: -10 }],
    ['Home', { kind: 'first-step' }],
    ['End', { kind: 'last-step' }],
    [' ', { kind: 'toggle-play' }],
  ])('%j moves through the steps, from the page and from the slider', (key, action) => {
    expect(keyAction(key, 'page')).toEqual(action);
    expect(keyAction(key, 'step-slider')).toEqual(action);
  });

  it('moves the cell cursor in the grid, where Space still plays', () => {
    expect(keyAction('ArrowDown', 'grid')).toEqual({ kind: 'move-cell', rows: 1, columns: 0 });
    expect(keyAction('Enter', 'grid')).toEqual({ kind: 'step-of-cell' });
    expect(keyAction(' ', 'grid')).toEqual({ kind: 'toggle-play' });
  });

  it('has one action for each key of the page, and one for each key of the grid', () => {
    const places = KEY_TABLE.map(({ key, inGrid }) => `${key} ${inGrid === true}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { key, action, inGrid } of KEY_TABLE)
      expect(keyAction(key, inGrid ? 'grid' : 'page')).toBe(action);
  });

  it('knows letters with and without Shift', () => {
    expect(keyAction('L', 'page')).toEqual({ kind: 'toggle-loop' });
    expect(keyAction('l', 'grid')).toEqual({ kind: 'toggle-loop' });
  });

  it('leaves Space to a button and every key to other controls', () => {
    expect(keyAction(' ', 'button')).toBeUndefined();
    expect(keyAction('ArrowRight', 'button')).toEqual({ kind: 'move-step', by: 1 });
    expect(keyAction('ArrowRight', 'other-control')).toBeUndefined();
  });
});

describe('cell cursor', () => {
  const grid = { height: 2, width: 3 };

  it('enters at the first cell', () => {
    expect(moveCell(undefined, { rows: 1, columns: 0 }, grid)).toBe(0);
  });

  it('moves by rows and columns and stays at the edges', () => {
    expect(moveCell(1, { rows: 1, columns: 0 }, grid)).toBe(4);
    expect(moveCell(4, { rows: 1, columns: 0 }, grid)).toBe(4);
    expect(moveCell(2, { rows: 0, columns: 1 }, grid)).toBe(2);
    expect(moveCell(3, { rows: 0, columns: -1 }, grid)).toBe(3);
  });
});
