import * as l10n from '../l10n';
import { element, setAttributes, setText } from '../element';
import { ICONS } from '../icons';
import type { KeyAction } from '../keyboard';
import type { PlaySpeed } from '../player';
import type { StepStripCanvas } from '../canvas/step-strip-canvas';
import type { Palette } from '../theme';
import { MoveButtons } from './move-buttons';
import type { Panel, RunActions, RunView } from './panel';
import { StepSlider } from './step-slider';
import { timelineTracks, type TimelineTrack } from '../timeline';
import { createButton, createDropdown, createIconButton, type DropdownHandle } from '../toolkit';

/** The speeds on offer, from slow to fast. */
export const SPEEDS: readonly PlaySpeed[] = [1, 2, 5, 10, 20, 50, 'as-decoded'];

/** The slider over the steps, and the buttons that play, pause and move. */
export class PlaybackControls implements Panel {
  readonly slider: StepSlider;
  private readonly buttons: MoveButtons;
  private readonly loop: ReturnType<typeof createIconButton>;
  private readonly follow: HTMLElement;
  private readonly replay: HTMLElement;
  private readonly speed: DropdownHandle<string>;
  private readonly track: DropdownHandle<TimelineTrack>;
  private readonly top = element('span', { class: 'top', 'aria-hidden': 'true' });
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
    this.slider = new StepSlider(l10n.t('Step'), actions.goTo.bind(actions));
    this.loop = createIconButton(ICONS.loop, l10n.t('Loop (L)'), act({ kind: 'toggle-loop' }));
    const keys = createIconButton(ICONS.keys, l10n.t('Keys (?)'), act({ kind: 'show-keys' }));
    this.buttons = new MoveButtons(
      {
        first: l10n.t('First step (Home)'),
        previous: l10n.t('Previous step (Left)'),
        next: l10n.t('Next step (Right)'),
        last: l10n.t('Newest step (End)'),
      },
      actions.act.bind(actions),
      [this.loop.element, keys.element],
    );
    this.replay = createButton(l10n.t('Replay Slowly'), 'secondary', () => {
      actions.replay();
    }).element;
    this.track = createDropdown<TimelineTrack>(l10n.t('Timeline shows'), [], '', (timeline) => {
      actions.setOptions({ timeline });
    });
    this.track.element.classList.add('timeline-track');
    this.speed = speedDropdown(speed, (chosen) => {
      actions.setSpeed(chosen);
    });
    this.follow = createButton(l10n.t('Follow'), 'secondary', () => {
      actions.follow();
    }).element;
    strip.listen({
      seek: (step) => {
        actions.goTo(step);
      },
      hover: (step) => {
        actions.peek(step);
      },
      select: (range) => {
        actions.setRange(range);
      },
    });
    this.element = element(
      'section',
      { class: 'playback', 'aria-label': l10n.t('Steps') },
      element('div', { class: 'track' }, strip.element, this.top, this.slider.element),
      element(
        'div',
        { class: 'bar' },
        this.buttons.element,
        element('div', { class: 'buttons' }, this.speed.element, this.track.element),
        this.sentence,
        this.replay,
        this.follow,
      ),
    );
  }

  setPalette(palette: Palette): void {
    this.strip.setPalette(palette);
  }

  show(shown: RunView): void {
    const { run, step: view, playhead, range, options, isPlaying, canFollow, canReplay } = shown;
    const { trace } = run;
    this.strip.show({ trace, view, track: options.timeline, range });
    setText(this.top, this.strip.topOf(trace, options.timeline));
    this.track.setChoices(timelineTracks(trace), options.timeline);
    this.speed.choose(String(options.speed));
    this.slider.show({
      ...{ place: playhead, done: view.stepsDone, last: view.lastStep },
      text: l10n.t('Step {0} of {1}', playhead, view.lastStepText),
    });
    setText(this.sentence, view.sentence);
    this.buttons.show(playhead, view.stepsDone, isPlaying);
    setAttributes(this.loop.element, { 'aria-pressed': range ? 'true' : 'false' });
    this.replay.hidden = !canReplay;
    this.follow.hidden = !canFollow;
  }
}

/** Makes the control for the playing speed. */
export function speedDropdown(
  speed: PlaySpeed,
  onChange: (speed: PlaySpeed) => void,
): DropdownHandle<string> {
  const dropdown = createDropdown(
    l10n.t('Playing speed'),
    SPEEDS.map((each) => [String(each), speedText(each)]),
    String(speed),
    (value) => {
      const chosen = SPEEDS.find((each) => String(each) === value);
      if (chosen !== undefined) onChange(chosen);
    },
  );
  dropdown.element.classList.add('speed');
  return dropdown;
}

function speedText(speed: PlaySpeed): string {
  if (speed === 'as-decoded') return l10n.t('As decoded');
  return speed === 1 ? l10n.t('1 step/s') : l10n.t('{0} steps/s', speed);
}
