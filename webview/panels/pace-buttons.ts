import * as l10n from '../l10n';
import { createButton } from '../toolkit';
import type { RunActions } from './panel';

type Button = ReturnType<typeof createButton>;

/** Buttons that let a run wait between two steps, and go on: for good, by one step, or to a step or a cell. */
export class PaceButtons {
  private readonly pause: Button;
  private readonly goOn: Button;
  private readonly step: Button;
  private readonly runTo: Button;

  constructor(actions: RunActions) {
    this.pause = createButton(l10n.t('Pause'), 'secondary', () => {
      actions.command('pause');
    });
    this.goOn = createButton(l10n.t('Continue'), 'primary', () => {
      actions.command('continue');
    });
    this.step = createButton(l10n.t('Step'), 'secondary', () => {
      actions.command('step');
    });
    this.step.element.title = l10n.t('Make one step, and wait');
    this.runTo = createButton(l10n.t('Run To…'), 'secondary', () => {
      actions.command('run-to');
    });
    this.runTo.element.title = l10n.t('Go on to a step or a cell, and wait there');
  }

  get elements(): readonly HTMLElement[] {
    return [this.goOn, this.pause, this.step, this.runTo].map(({ element }) => element);
  }

  /** @param isRunning whether the run is being made */
  show(isRunning: boolean, isPaused: boolean): void {
    this.pause.element.hidden = !isRunning || isPaused;
    this.goOn.element.hidden = !isRunning || !isPaused;
    this.step.element.hidden = !isRunning;
    this.runTo.element.hidden = !isRunning;
  }
}
