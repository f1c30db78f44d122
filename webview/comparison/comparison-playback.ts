import { ALIGNMENTS, type Alignment } from '../../sidecar/comparison/alignment';
import { element, setAttributes, setText } from '../element';
import { ICONS } from '../icons';
import type { KeyAction } from '../keyboard';
import * as l10n from '../l10n';
import { speedDropdown } from '../panels/playback-controls';
import type { PlaySpeed } from '../player';
import { createDropdown, createIconButton } from '../toolkit';
import type { ComparisonView } from './comparison-view';

/** Makes the names of what runs have in common. It is called after the page has its language. */
function alignmentNames(): Readonly<Record<Alignment, string>> {
  return {
    cells: l10n.t('Same cells done'),
    step: l10n.t('Same step'),
    time: l10n.t('Same time'),
  };
}

export interface ComparisonPlaybackActions {
  act(action: KeyAction): void;
  goTo(place: number): void;
  setAlignment(by: Alignment): void;
  setSpeed(speed: PlaySpeed): void;
}

/** The slider of both runs, and the buttons that play, pause and move. */
export class ComparisonPlayback {
  readonly slider = element('input', {
    type: 'range',
    class: 'step-slider',
    min: 0,
    step: 1,
    value: 0,
    'aria-label': l10n.t('Both runs'),
  });
  private readonly first: ReturnType<typeof createIconButton>;
  private readonly previous: ReturnType<typeof createIconButton>;
  private readonly play: ReturnType<typeof createIconButton>;
  private readonly next: ReturnType<typeof createIconButton>;
  private readonly last: ReturnType<typeof createIconButton>;
  private readonly sentence = element('p', { class: 'sentence' });
  readonly element: HTMLElement;

  constructor(by: Alignment, speed: PlaySpeed, actions: ComparisonPlaybackActions) {
    const act = (action: KeyAction) => () => {
      actions.act(action);
    };
    this.first = createIconButton(ICONS.first, l10n.t('Beginning (Home)'), act({ kind: 'first-step' }));
    this.previous = createIconButton(
      ICONS.previous,
      l10n.t('Back (Left)'),
      act({ kind: 'move-step', by: -1 }),
    );
    this.play = createIconButton(ICONS.play, l10n.t('Play (Space)'), act({ kind: 'toggle-play' }));
    this.next = createIconButton(ICONS.next, l10n.t('On (Right)'), act({ kind: 'move-step', by: 1 }));
    this.last = createIconButton(ICONS.last, l10n.t('End (End)'), act({ kind: 'last-step' }));
    this.play.element.classList.add('play');
    this.slider.addEventListener('input', () => {
      actions.goTo(this.slider.valueAsNumber);
    });
    const names = alignmentNames();
    const alignment = createDropdown<Alignment>(
      l10n.t('What the runs have in common'),
      ALIGNMENTS.map((value) => [value, names[value]]),
      by,
      (chosen) => {
        actions.setAlignment(chosen);
      },
    );
    alignment.element.classList.add('alignment');
    const buttons = [this.first, this.previous, this.play, this.next, this.last];
    this.element = element(
      'section',
      { class: 'playback', 'aria-label': l10n.t('Places') },
      this.slider,
      element(
        'div',
        { class: 'bar' },
        element(
          'div',
          { class: 'buttons', role: 'group', 'aria-label': l10n.t('Playback') },
          ...buttons.map((button) => button.element),
        ),
        alignment.element,
        speedDropdown(speed, (chosen) => {
          actions.setSpeed(chosen);
        }).element,
        this.sentence,
      ),
    );
  }

  show({ place, lastPlace, sentence, sides }: ComparisonView, isPlaying: boolean): void {
    const { slider } = this;
    if (slider.max !== String(lastPlace)) slider.max = String(lastPlace);
    slider.value = String(place);
    const [a, b] = sides;
    setAttributes(slider, { 'aria-valuetext': l10n.t('A step {0}, B step {1}', a.step, b.step) });
    slider.style.setProperty('--shown', String(place / Math.max(lastPlace, 1)));
    slider.style.setProperty('--done', '1');
    setText(this.sentence, sentence);
    this.first.setEnabled(place > 0);
    this.previous.setEnabled(place > 0);
    this.next.setEnabled(place < lastPlace);
    this.last.setEnabled(place < lastPlace);
    const label = isPlaying ? l10n.t('Pause (Space)') : l10n.t('Play (Space)');
    if (this.play.element.title !== label) this.play.show(isPlaying ? ICONS.pause : ICONS.play, label);
  }
}
