import * as l10n from './l10n';

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
  /** As people name it, in the user's language. */
  readonly name: () => string;
  readonly action: KeyAction;
  /** What it does, for the list of keys. Bindings with one text are one line of it. */
  readonly help: () => string;
  /** Whether it works only in the grid. There it goes before the page's binding of the same key. */
  readonly inGrid?: boolean;
}

const PAGE_STEPS = 10;

/** All keys of page, slider and grid. The key handling and the list of keys read this one table. */
export const KEY_TABLE: readonly KeyBinding[] = [
  {
    key: 'ArrowLeft',
    name: () => l10n.t('Left'),
    action: { kind: 'move-step', by: -1 },
    help: () => l10n.t('One step back'),
  },
  {
    key: 'ArrowRight',
    name: () => l10n.t('Right'),
    action: { kind: 'move-step', by: 1 },
    help: () => l10n.t('One step on'),
  },
  {
    key: 'PageDown',
    name: () => l10n.t('Page Down'),
    action: { kind: 'move-step', by: -PAGE_STEPS },
    help: () => l10n.t('Ten steps back'),
  },
  {
    key: 'PageUp',
    name: () => l10n.t('Page Up'),
    action: { kind: 'move-step', by: PAGE_STEPS },
    help: () => l10n.t('Ten steps on'),
  },
  {
    key: 'Home',
    name: () => l10n.t('Home'),
    action: { kind: 'first-step' },
    help: () => l10n.t('First step'),
  },
  { key: 'End', name: () => l10n.t('End'), action: { kind: 'last-step' }, help: () => l10n.t('Newest step') },
  {
    key: ' ',
    name: () => l10n.t('Space'),
    action: { kind: 'toggle-play' },
    help: () => l10n.t('Play or pause'),
  },
  {
    key: '[',
    name: () => '[',
    action: { kind: 'begin-range' },
    help: () => l10n.t('The loop begins at this step'),
  },
  {
    key: ']',
    name: () => ']',
    action: { kind: 'end-range' },
    help: () => l10n.t('The loop ends at this step'),
  },
  {
    key: 'l',
    name: () => 'L',
    action: { kind: 'toggle-loop' },
    help: () => l10n.t('Play in a loop, or not'),
  },
  { key: '+', name: () => '+', action: { kind: 'zoom', by: 1.5 }, help: () => l10n.t('Zoom in') },
  { key: '-', name: () => '−', action: { kind: 'zoom', by: 1 / 1.5 }, help: () => l10n.t('Zoom out') },
  { key: '0', name: () => '0', action: { kind: 'whole-grid' }, help: () => l10n.t('Show the whole grid') },
  {
    key: 'v',
    name: () => 'V',
    action: { kind: 'toggle-sight' },
    help: () => l10n.t('Show what the cell saw, or not'),
  },
  {
    key: 'a',
    name: () => 'A',
    action: { kind: 'toggle-alternatives' },
    help: () => l10n.t('Show the likeliest tokens, or not'),
  },
  { key: '?', name: () => '?', action: { kind: 'show-keys' }, help: () => l10n.t('Show this list') },
  ...moves('ArrowLeft', () => l10n.t('Left'), 0, -1),
  ...moves('ArrowRight', () => l10n.t('Right'), 0, 1),
  ...moves('ArrowUp', () => l10n.t('Up'), -1, 0),
  ...moves('ArrowDown', () => l10n.t('Down'), 1, 0),
  {
    key: 'Enter',
    name: () => l10n.t('Enter'),
    action: { kind: 'step-of-cell' },
    help: () => l10n.t('Go to the step that decided the cell'),
    inGrid: true,
  },
  {
    key: 'Escape',
    name: () => l10n.t('Escape'),
    action: { kind: 'leave-cell' },
    help: () => l10n.t('Leave the cell'),
    inGrid: true,
  },
];

function moves(key: string, name: () => string, rows: number, columns: number): KeyBinding[] {
  const action = { kind: 'move-cell', rows, columns } as const;
  return [{ key, name, action, help: () => l10n.t('Move from cell to cell'), inGrid: true }];
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
