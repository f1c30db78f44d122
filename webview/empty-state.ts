import * as l10n from './l10n';
import { element } from './element';
import type { SessionState } from './session';
import { createButton, createProgressRing } from './toolkit';

/** The content of the panel before the first run. */
export class EmptyState {
  private readonly waiting = element(
    'div',
    { class: 'waiting' },
    createProgressRing(l10n.t('Connecting')),
    element('p', {}, l10n.t('Connecting to the sidecar, the process that computes…')),
  );
  private readonly invitation: HTMLElement;
  private readonly reason = element('p', { class: 'reason', role: 'status' });
  readonly element: HTMLElement;
  /** The element that gets the focus when the one that had it goes away. */
  readonly home: HTMLElement;

  constructor(onGenerate: () => void) {
    const generate = createButton(l10n.t('Generate Image…'), 'primary', onGenerate);
    this.home = generate.element;
    this.invitation = element(
      'div',
      { class: 'invitation' },
      emptyGrid(),
      element('h1', {}, l10n.t('No picture yet')),
      element(
        'p',
        {},
        l10n.t(
          'Here you will see a picture come to be, token by token: a wavefront runs down the grid, several rows at once, instead of one token at a time. Afterwards you can go back to any step and look at every cell.',
        ),
      ),
      generate.element,
      this.reason,
    );
    this.element = element('section', { class: 'empty-state' }, this.waiting, this.invitation);
  }

  show({ connection, isLooking, notices }: SessionState): void {
    const waiting = isLooking && connection.kind !== 'lost';
    this.waiting.hidden = !waiting;
    this.invitation.hidden = waiting;
    this.reason.textContent = [...notices, ...(connection.kind === 'lost' ? [connection.reason] : [])].join(
      ' ',
    );
  }
}

const ROWS = 5;
const COLUMNS = 9;
const AHEAD = 2;

/** A small picture of a wavefront, in CSS colours. */
function emptyGrid(): HTMLElement {
  const grid = element('div', { class: 'empty-grid', 'aria-hidden': 'true' });
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const front = COLUMNS - 1 - row * AHEAD - column;
      const kind = front > 0 ? 'decided' : front === 0 ? 'front' : 'open';
      grid.append(element('span', { class: kind }));
    }
  }
  return grid;
}
