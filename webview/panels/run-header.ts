import type { RunState } from '../../sidecar/protocol';
import { element, setText } from '../element';
import * as l10n from '../l10n';
import { conditionText, settingsText } from '../run-text';
import { isRunning } from '../shown-run';
import { createButton } from '../toolkit';
import { runState } from '../trace';
import { PaceButtons } from './pace-buttons';
import type { Panel, RunActions, RunView } from './panel';

/** Shows the run's request and its model, and offers actions on the run. */
export class RunHeader implements Panel {
  private readonly title = element('h1', {});
  private readonly details = element('p', { class: 'details' });
  private readonly create: ReturnType<typeof createButton>;
  private readonly again: ReturnType<typeof createButton>;
  private readonly compare: ReturnType<typeof createButton>;
  private readonly branch: ReturnType<typeof createButton>;
  private readonly exportPicture: ReturnType<typeof createButton>;
  private readonly pace: PaceButtons;
  private readonly cancel: ReturnType<typeof createButton>;
  readonly element: HTMLElement;

  constructor(actions: RunActions) {
    this.create = createButton('New…', 'primary', () => {
      actions.command('generate');
    });
    this.again = createButton('Again', 'secondary', () => {
      actions.command('again');
    });
    this.compare = createButton('Compare', 'secondary', () => {
      actions.command('compare');
    });
    this.compare.element.title = 'Compare with raster order, same seed';
    this.branch = createButton('Branch…', 'secondary', () => {
      actions.command('branch');
    });
    this.branch.element.title = 'Go on from this step with another token, seed or decoder';
    this.exportPicture = createButton('Export…', 'secondary', () => {
      actions.command('export');
    });
    this.pace = new PaceButtons(actions);
    this.cancel = createButton('Cancel', 'secondary', () => {
      actions.command('cancel');
    });
    this.element = element(
      'header',
      { class: 'run-header' },
      element('div', { class: 'run' }, this.title, this.details),
      element(
        'div',
        { class: 'actions', role: 'group', 'aria-label': 'Actions' },
        ...this.pace.elements,
        this.cancel.element,
        this.again.element,
        this.compare.element,
        this.branch.element,
        this.exportPicture.element,
        this.create.element,
      ),
    );
  }

  show({ run, connection }: RunView): void {
    const { trace, isKnown, isRecorded } = run;
    const running = isRunning(run, connection);
    setText(this.title, conditionText(trace.run.settings));
    setText(
      this.details,
      [...settingsText(trace.run), stateText(runState(trace), running, run.isPaused)].join(' · '),
    );
    this.pace.show(running, run.isPaused);
    this.cancel.element.hidden = !running;
    this.again.element.hidden = running;
    this.compare.element.hidden = running;
    this.branch.element.hidden = running;
    this.branch.setEnabled(isKnown || isRecorded);
    this.compare.setEnabled((isKnown || isRecorded) && runState(trace) === 'complete');
    this.create.element.hidden = running && run.isPaused;
    this.exportPicture.element.hidden = running;
    this.exportPicture.setEnabled(
      (isKnown || isRecorded) && runState(trace) === 'complete' && trace.run.patch > 0,
    );
  }
}

function stateText(state: RunState, isLive: boolean, isPaused: boolean): string {
  if (state === 'running' && isLive && isPaused) return l10n.t('paused');
  // The sidecar is gone, so no message will say how the run ended.
  return state === 'running' && !isLive ? 'interrupted' : state;
}
