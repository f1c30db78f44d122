/** The place of the focus, as the keyboard handling distinguishes it. */
export type KeyFocus = 'page' | 'grid' | 'step-slider' | 'button' | 'other-control';

export type KeyAction =
  | { readonly kind: 'move-step'; readonly by: number }
  | { readonly kind: 'first-step' }
  | { readonly kind: 'last-step' }
  | { readonly kind: 'toggle-play' }
  | { readonly kind: 'move-cell'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'step-of-cell' }
  | { readonly kind: 'leave-cell' };

const PAGE_STEPS = 10;

const STEP_KEYS: ReadonlyMap<string, KeyAction> = new Map<string, KeyAction>([
  ['ArrowLeft', { kind: 'move-step', by: -1 }],
  ['ArrowRight', { kind: 'move-step', by: 1 }],
  ['PageUp', { kind: 'move-step', by: -PAGE_STEPS }],
  ['PageDown', { kind: 'move-step', by: PAGE_STEPS }],
  ['Home', { kind: 'first-step' }],
  ['End', { kind: 'last-step' }],
  [' ', { kind: 'toggle-play' }],
]);

const GRID_KEYS: ReadonlyMap<string, KeyAction> = new Map<string, KeyAction>([
  ['ArrowLeft', { kind: 'move-cell', rows: 0, columns: -1 }],
  ['ArrowRight', { kind: 'move-cell', rows: 0, columns: 1 }],
  ['ArrowUp', { kind: 'move-cell', rows: -1, columns: 0 }],
  ['ArrowDown', { kind: 'move-cell', rows: 1, columns: 0 }],
  ['Enter', { kind: 'step-of-cell' }],
  ['Escape', { kind: 'leave-cell' }],
]);

/** The action of a key. If undefined, the browser handles the key, so controls keep their own keys. */
export function keyAction(key: string, focus: KeyFocus): KeyAction | undefined {
  switch (focus) {
    case 'other-control':
      return undefined;
    case 'button':
      return key === ' ' ? undefined : STEP_KEYS.get(key);
    case 'grid':
      return GRID_KEYS.get(key) ?? STEP_KEYS.get(key);
    case 'page':
    case 'step-slider':
      return STEP_KEYS.get(key);
  }
}

/**
 * The cell that a move reaches from `position`, or the first cell if there is no position. At the edge of the grid it stays.
 */
export function moveCell(
  position: number | undefined,
  by: { readonly rows: number; readonly columns: number },
  grid: { readonly height: number; readonly width: number },
): number {
  if (position === undefined) return 0;
  const row = clamp(Math.floor(position / grid.width) + by.rows, grid.height - 1);
  const column = clamp((position % grid.width) + by.columns, grid.width - 1);
  return row * grid.width + column;
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
