import { ALIGNMENTS, type Alignment } from '../../sidecar/comparison/alignment';
import { element, setText } from '../element';
import type { KeyAction } from '../keyboard';
import * as l10n from '../l10n';
import { MoveButtons } from '../panels/move-buttons';
import { speedDropdown } from '../panels/playback-controls';
import { StepSlider } from '../panels/step-slider';
import type { PlaySpeed } from '../player';
import { createDropdown } from '../toolkit';
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
  readonly slider: StepSlider;
  private readonly buttons: MoveButtons;
  private readonly sentence = element('p', { class: 'sentence' });
  readonly element: HTMLElement;

  constructor(by: Alignment, speed: PlaySpeed, actions: ComparisonPlaybackActions) {
    this.slider = new StepSlider(l10n.t('Both runs'), actions.goTo.bind(actions));
    this.buttons = new MoveButtons(
      {
        first: l10n.t('Beginning (Home)'),
        previous: l10n.t('Back (Left)'),
        next: l10n.t('On (Right)'),
        last: l10n.t('End (End)'),
      },
      actions.act.bind(actions),
    );
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
    this.element = element(
      'section',
      { class: 'playback', 'aria-label': l10n.t('Places') },
      this.slider.element,
      element(
        'div',
        { class: 'bar' },
        this.buttons.element,
        alignment.element,
        speedDropdown(speed, (chosen) => {
          actions.setSpeed(chosen);
        }).element,
        this.sentence,
      ),
    );
  }

  show({ place, lastPlace, sentence, sides }: ComparisonView, isPlaying: boolean): void {
    const [a, b] = sides;
    const text = l10n.t('A step {0}, B step {1}', a.step, b.step);
    this.slider.show({ place, done: lastPlace, last: lastPlace, text });
    setText(this.sentence, sentence);
    this.buttons.show(place, lastPlace, isPlaying);
  }
}
