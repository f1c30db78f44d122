import * as l10n from '../l10n';
import { LEAST_LEFT_MS, timeLeftMs } from '../../sidecar/protocol';
import { roundedText } from '../durations';
import { element, setAttributes, setText } from '../element';
import { conditionText, settingsText } from '../run-text';
import { isRunning } from '../shown-run';
import { createButton } from '../toolkit';
import { runState, type Trace } from '../trace';
import { PaceButtons } from './pace-buttons';
import type { Panel, RunActions, RunView } from './panel';

/** Shows the run's request and its model, and offers actions on the run. */
export class RunHeader implements Panel {
  private readonly title = element('h1', {});
  private readonly details = element('p', {
    class: 'details',
    title: l10n.t(
      'Window: by how many tokens a row is ahead when the next row begins. Seed: the number from which chance starts.',
    ),
  });
  private readonly create: ReturnType<typeof createButton>;
  private readonly again: ReturnType<typeof createButton>;
  private readonly compare: ReturnType<typeof createButton>;
  private readonly branch: ReturnType<typeof createButton>;
  private readonly exportPicture: ReturnType<typeof createButton>;
  private readonly pace: PaceButtons;
  private readonly cancel: ReturnType<typeof createButton>;
  readonly element: HTMLElement;

  constructor(actions: RunActions) {
    this.create = createButton(l10n.t('New…'), 'primary', () => {
      actions.command('generate');
    });
    this.again = createButton(l10n.t('Again'), 'secondary', () => {
      actions.command('again');
    });
    this.compare = createButton(l10n.t('Compare'), 'secondary', () => {
      actions.command('compare');
    });
    this.compare.element.title = l10n.t('Compare with raster order, same seed');
    this.branch = createButton(l10n.t('Branch…'), 'secondary', () => {
      actions.command('branch');
    });
    this.branch.element.title = l10n.t('Go on from this step with another token, seed or decoder');
    this.exportPicture = createButton(l10n.t('Export…'), 'secondary', () => {
      actions.command('export');
    });
    this.pace = new PaceButtons(actions);
    this.cancel = createButton(l10n.t('Cancel'), 'secondary', () => {
      actions.command('cancel');
    });
    this.element = element(
      'header',
      { class: 'run-header' },
      element('div', { class: 'run' }, this.title, this.details),
      element(
        'div',
        { class: 'actions', role: 'group', 'aria-label': l10n.t('Actions') },
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
    const { trace, isKnown, isRecorded, isKept } = run;
    const running = isRunning(run, connection);
    setText(this.title, conditionText(trace.run.settings));
    setText(this.details, [...settingsText(trace.run), stateText(trace, running, run.isPaused)].join(' · '));
    this.pace.show(running, run.isPaused);
    this.cancel.element.hidden = !running;
    this.again.element.hidden = running;
    this.compare.element.hidden = running;
    this.branch.element.hidden = running;
    this.branch.setEnabled(isKnown || isRecorded);
    this.compare.setEnabled((isKnown || isRecorded) && runState(trace) === 'complete');
    this.create.element.hidden = running && run.isPaused;
    this.exportPicture.element.hidden = running;
    const canExport = isKept || (isKnown && runState(trace) === 'complete' && trace.run.patch > 0);
    this.exportPicture.setEnabled(canExport);
    setAttributes(this.exportPicture.element, {
      title: canExport ? '' : l10n.t('No file keeps this run, so nothing of it can be exported.'),
    });
  }
}

function stateText(trace: Trace, isLive: boolean, isPaused: boolean): string {
  switch (runState(trace)) {
    case 'running':
      if (isLive && isPaused) return l10n.t('paused');
      // If the sidecar is gone, no message will say how the run ended.
      return isLive ? runningText(trace) : l10n.t('interrupted');
    case 'complete':
      return l10n.t('complete');
    case 'cancelled':
      return l10n.t('cancelled');
    case 'failed':
      return l10n.t('failed');
  }
}

function runningText({ run, snapshot }: Trace): string {
  const leftMs = snapshot.step === 0 ? run.expectedMs : timeLeftMs(snapshot);
  const isWorthSaying = leftMs !== undefined && leftMs >= LEAST_LEFT_MS;
  const running = l10n.t('running');
  return isWorthSaying ? l10n.t('{0}, about {1} left', running, roundedText(leftMs)) : running;
}
