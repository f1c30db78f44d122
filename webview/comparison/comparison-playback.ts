import { ALIGNMENTS, type Alignment } from '../../sidecar/comparison/alignment';
import { element, setAttributes, setText } from '../element';
import { ICONS } from '../icons';
import type { KeyAction } from '../keyboard';
import { speedDropdown } from '../panels/playback-controls';
import type { PlaySpeed } from '../player';
import { createDropdown, createIconButton } from '../toolkit';
import type { ComparisonView } from './comparison-view';

const ALIGNMENT_NAMES: Readonly<Record<Alignment, string>> = {
  cells: 'Same cells done',
  step: 'Same step',
  time: 'Same time',
};

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
    'aria-label': 'Both runs',
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
    this.first = createIconButton(ICONS.first, 'Beginning (Home)', act({ kind: 'first-step' }));
    this.previous = createIconButton(ICONS.previous, 'Back (Left)', act({ kind: 'move-step', by: -1 }));
    this.play = createIconButton(ICONS.play, 'Play (Space)', act({ kind: 'toggle-play' }));
    this.next = createIconButton(ICONS.next, 'On (Right)', act({ kind: 'move-step', by: 1 }));
    this.last = createIconButton(ICONS.last, 'End (End)', act({ kind: 'last-step' }));
    this.play.element.classList.add('play');
    this.slider.addEventListener('input', () => {
      actions.goTo(this.slider.valueAsNumber);
    });
    const alignment = createDropdown<Alignment>(
      'What the runs have in common',
      ALIGNMENTS.map((value) => [value, ALIGNMENT_NAMES[value]]),
      by,
      (chosen) => {
        actions.setAlignment(chosen);
      },
    );
    alignment.element.classList.add('alignment');
    const buttons = [this.first, this.previous, this.play, this.next, this.last];
    this.element = element(
      'section',
      { class: 'playback', 'aria-label': 'Places' },
      this.slider,
      element(
        'div',
        { class: 'bar' },
        element(
          'div',
          { class: 'buttons', role: 'group', 'aria-label': 'Playback' },
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
    setAttributes(slider, { 'aria-valuetext': `A step ${a.step}, B step ${b.step}` });
    slider.style.setProperty('--shown', String(place / Math.max(lastPlace, 1)));
    slider.style.setProperty('--done', '1');
    setText(this.sentence, sentence);
    this.first.setEnabled(place > 0);
    this.previous.setEnabled(place > 0);
    this.next.setEnabled(place < lastPlace);
    this.last.setEnabled(place < lastPlace);
    const label = isPlaying ? 'Pause (Space)' : 'Play (Space)';
    if (this.play.element.title !== label) this.play.show(isPlaying ? ICONS.pause : ICONS.play, label);
  }
}
