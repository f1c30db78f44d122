import * as l10n from '../l10n';
import { element } from '../element';
import { ICONS } from '../icons';
import type { KeyAction } from '../keyboard';
import { createIconButton } from '../toolkit';

/** The labels of the buttons that move. */
interface MoveLabels {
  readonly first: string;
  readonly previous: string;
  readonly next: string;
  readonly last: string;
}

/** The buttons that play, pause and move. */
export class MoveButtons {
  readonly element: HTMLElement;
  private readonly first: ReturnType<typeof createIconButton>;
  private readonly previous: ReturnType<typeof createIconButton>;
  private readonly play: ReturnType<typeof createIconButton>;
  private readonly next: ReturnType<typeof createIconButton>;
  private readonly last: ReturnType<typeof createIconButton>;

  /** @param further buttons that stand behind these */
  constructor(labels: MoveLabels, act: (action: KeyAction) => void, further: readonly HTMLElement[] = []) {
    const button = (icon: string, label: string, action: KeyAction): ReturnType<typeof createIconButton> =>
      createIconButton(icon, label, () => {
        act(action);
      });
    this.first = button(ICONS.first, labels.first, { kind: 'first-step' });
    this.previous = button(ICONS.previous, labels.previous, { kind: 'move-step', by: -1 });
    this.play = button(ICONS.play, l10n.t('Play (Space)'), { kind: 'toggle-play' });
    this.next = button(ICONS.next, labels.next, { kind: 'move-step', by: 1 });
    this.last = button(ICONS.last, labels.last, { kind: 'last-step' });
    this.play.element.classList.add('play');
    const buttons = [this.first, this.previous, this.play, this.next, this.last];
    this.element = element(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': l10n.t('Playback') },
      ...buttons.map((each) => each.element),
      ...further,
    );
  }

  /** @param place where the page stands, 0..`end` */
  show(place: number, end: number, isPlaying: boolean): void {
    this.first.setEnabled(place > 0);
    this.previous.setEnabled(place > 0);
    this.next.setEnabled(place < end);
    this.last.setEnabled(place < end);
    this.play.setEnabled(end > 0);
    const label = isPlaying ? l10n.t('Pause (Space)') : l10n.t('Play (Space)');
    if (this.play.element.title !== label) this.play.show(isPlaying ? ICONS.pause : ICONS.play, label);
  }
}
