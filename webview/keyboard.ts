/** The place of the focus, as the keyboard handling distinguishes it. */
export type KeyFocus = 'page' | 'grid' | 'step-slider' | 'button' | 'other-control';

export type KeyAction =
  | { readonly kind: 'move-step'; readonly by: number }
  | { readonly kind: 'first-step' }
  | { readonly kind: 'last-step' }
  | { readonly kind: 'toggle-play' }
  | { readonly kind: 'begin-range' }
  | { readonly kind: 'end-range' }
  | { readonly kind: 'toggle-loop' }
  | { readonly kind: 'zoom'; readonly by: number }
  | { readonly kind: 'whole-grid' }
  | { readonly kind: 'toggle-sight' }
  | { readonly kind: 'toggle-alternatives' }
  | { readonly kind: 'show-keys' }
  | { readonly kind: 'move-cell'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'step-of-cell' }
  | { readonly kind: 'leave-cell' };

/** A key and what it does. */
export interface KeyBinding {
  /** As the browser names it. */
  readonly key: string;
  /** As people name it. */
  readonly name: string;
  readonly action: KeyAction;
  /** What it does, for the list of keys. Bindings with one text are one line of it. */
  readonly help: string;
  /** Whether it works only in the grid. There it goes before the page's binding of the same key. */
  readonly inGrid?: boolean;
}

const PAGE_STEPS = 10;

/** All keys of page, slider and grid. The key handling and the list of keys read this one table. */
export const KEY_TABLE: readonly KeyBinding[] = [
  { key: 'ArrowLeft', name: 'Left', action: { kind: 'move-step', by: -1 }, help: 'One step back' },
  { key: 'ArrowRight', name: 'Right', action: { kind: 'move-step', by: 1 }, help: 'One step on' },
  {
    key: 'PageDown',
    name: 'Page Down',
    action: { kind: 'move-step', by: -PAGE_STEPS },
    help: 'Ten steps back',
  },
  { key: 'PageUp', name: 'Page Up', action: { kind: 'move-step', by: PAGE_STEPS }, help: 'Ten steps on' },
  { key: 'Home', name: 'Home', action: { kind: 'first-step' }, help: 'First step' },
  { key: 'End', name: 'End', action: { kind: 'last-step' }, help: 'Newest step' },
  { key: ' ', name: 'Space', action: { kind: 'toggle-play' }, help: 'Play or pause' },
  { key: '[', name: '[', action: { kind: 'begin-range' }, help: 'The loop begins at this step' },
  { key: ']', name: ']', action: { kind: 'end-range' }, help: 'The loop ends at this step' },
  { key: 'l', name: 'L', action: { kind: 'toggle-loop' }, help: 'Play in a loop, or not' },
  { key: '+', name: '+', action: { kind: 'zoom', by: 1.5 }, help: 'Zoom in' },
  { key: '-', name: '−', action: { kind: 'zoom', by: 1 / 1.5 }, help: 'Zoom out' },
  { key: '0', name: '0', action: { kind: 'whole-grid' }, help: 'Show the whole grid' },
  { key: 'v', name: 'V', action: { kind: 'toggle-sight' }, help: 'Show what the cell saw, or not' },
  { key: 'a', name: 'A', action: { kind: 'toggle-alternatives' }, help: 'Show the likeliest tokens, or not' },
  { key: '?', name: '?', action: { kind: 'show-keys' }, help: 'Show this list' },
  ...moves('Left', 0, -1),
  ...moves('Right', 0, 1),
  ...moves('Up', -1, 0),
  ...moves('Down', 1, 0),
  {
    key: 'Enter',
    name: 'Enter',
    action: { kind: 'step-of-cell' },
    help: 'Go to the step that decided the cell',
    inGrid: true,
  },
  { key: 'Escape', name: 'Escape', action: { kind: 'leave-cell' }, help: 'Leave the cell', inGrid: true },
];

function moves(name: string, rows: number, columns: number): KeyBinding[] {
  const action = { kind: 'move-cell', rows, columns } as const;
  return [{ key: `Arrow${name}`, name, action, help: 'Move from cell to cell', inGrid: true }];
}

/** The action of a key. If undefined, the browser handles the key, so controls keep their own keys. */
export function keyAction(key: string, focus: KeyFocus): KeyAction | undefined {
  if (focus === 'other-control' || (focus === 'button' && (key === ' ' || key === 'Enter'))) return undefined;
  const bindings = KEY_TABLE.filter((binding) => binding.key === key.toLowerCase() || binding.key === key);
  const inGrid = focus === 'grid' ? bindings.find((binding) => binding.inGrid === true) : undefined;
  return (inGrid ?? bindings.find((binding) => binding.inGrid !== true))?.action;
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
