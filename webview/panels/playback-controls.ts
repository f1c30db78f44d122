import { element, setAttributes, setText } from '../element';
import { ICONS } from '../icons';
import type { KeyAction } from '../keyboard';
import type { PlaySpeed } from '../player';
import type { StepStripCanvas } from '../canvas/step-strip-canvas';
import type { StepView } from '../step-view';
import type { Palette } from '../theme';
import type { Panel, RunActions, RunView } from './panel';
import { createButton, createDropdown, createIconButton } from '../toolkit';

const SPEEDS: readonly (readonly [value: string, name: string, speed: PlaySpeed])[] = [
  ['1', '1 step/s', 1],
  ['2', '2 steps/s', 2],
  ['5', '5 steps/s', 5],
  ['10', '10 steps/s', 10],
  ['20', '20 steps/s', 20],
  ['50', '50 steps/s', 50],
  ['as-decoded', 'As decoded', 'as-decoded'],
];

/** The slider over the steps, and the buttons that play, pause and move. */
export class PlaybackControls implements Panel {
  readonly slider = element('input', {
    type: 'range',
    class: 'step-slider',
    min: 0,
    step: 1,
    value: 0,
    'aria-label': 'Step',
  });
  private readonly first: ReturnType<typeof createIconButton>;
  private readonly previous: ReturnType<typeof createIconButton>;
  private readonly play: ReturnType<typeof createIconButton>;
  private readonly next: ReturnType<typeof createIconButton>;
  private readonly last: ReturnType<typeof createIconButton>;
  private readonly follow: HTMLElement;
  private readonly sentence = element('p', { class: 'sentence' });
  readonly element: HTMLElement;

  constructor(
    private readonly strip: StepStripCanvas,
    speed: PlaySpeed,
    actions: RunActions,
  ) {
    const act = (action: KeyAction) => () => {
      actions.act(action);
    };
    this.first = createIconButton(ICONS.first, 'First step (Home)', act({ kind: 'first-step' }));
    this.previous = createIconButton(
      ICONS.previous,
      'Previous step (Left)',
      act({ kind: 'move-step', by: -1 }),
    );
    this.play = createIconButton(ICONS.play, 'Play (Space)', act({ kind: 'toggle-play' }));
    this.next = createIconButton(ICONS.next, 'Next step (Right)', act({ kind: 'move-step', by: 1 }));
    this.last = createIconButton(ICONS.last, 'Newest step (End)', act({ kind: 'last-step' }));
    this.play.element.classList.add('play');
    this.follow = createButton('Follow', 'secondary', () => {
      actions.follow();
    }).element;
    strip.onSeek((step) => {
      actions.goTo(step);
    });
    this.slider.addEventListener('input', () => {
      actions.goTo(this.slider.valueAsNumber);
    });
    const buttons = [this.first, this.previous, this.play, this.next, this.last];
    this.element = element(
      'section',
      { class: 'playback', 'aria-label': 'Steps' },
      element('div', { class: 'track' }, strip.element, this.slider),
      element(
        'div',
        { class: 'bar' },
        element(
          'div',
          { class: 'buttons', role: 'group', 'aria-label': 'Playback' },
          ...buttons.map((button) => button.element),
        ),
        speedDropdown(speed, (chosen) => {
          actions.setSpeed(chosen);
        }),
        this.sentence,
        this.follow,
      ),
    );
  }

  setPalette(palette: Palette): void {
    this.strip.setPalette(palette);
  }

  show({ run, step: view, isPlaying, canFollow }: RunView): void {
    this.strip.show(run.trace, view);
    this.showSlider(view);
    setText(this.sentence, view.sentence);
    this.first.setEnabled(view.step > 0);
    this.previous.setEnabled(view.step > 0);
    this.next.setEnabled(view.step < view.stepsDone);
    this.last.setEnabled(view.step < view.stepsDone);
    this.play.setEnabled(view.stepsDone > 0);
    const playLabel = isPlaying ? 'Pause (Space)' : 'Play (Space)';
    if (this.play.element.title !== playLabel)
      this.play.show(isPlaying ? ICONS.pause : ICONS.play, playLabel);
    this.follow.hidden = !canFollow;
  }

  private showSlider(view: StepView): void {
    const { slider } = this;
    if (slider.max !== String(view.lastStep)) slider.max = String(view.lastStep);
    slider.value = String(view.step);
    setAttributes(slider, { 'aria-valuetext': `Step ${view.step} of ${view.lastStepText}` });
    const last = Math.max(view.lastStep, 1);
    slider.style.setProperty('--shown', String(view.step / last));
    slider.style.setProperty('--done', String(view.stepsDone / last));
  }
}

/** Makes the control for the playing speed. */
export function speedDropdown(speed: PlaySpeed, onChange: (speed: PlaySpeed) => void): HTMLElement {
  const dropdown = createDropdown(
    'Playing speed',
    SPEEDS.map(([value, name]) => [value, name]),
    String(speed),
    (value) => {
      const chosen = SPEEDS.find(([candidate]) => candidate === value);
      if (chosen) onChange(chosen[2]);
    },
  );
  dropdown.element.classList.add('speed');
  return dropdown.element;
}
