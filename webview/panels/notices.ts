import { LONG_RUN_MS, timeLeftMs } from '../../sidecar/protocol';
import { roundedText } from '../durations';
import * as l10n from '../l10n';
import { element } from '../element';
import { createButton } from '../toolkit';
import type { Panel, RunActions, RunView } from './panel';
import { conditionText } from '../run-text';
import { isRunning, runIdOf } from '../shown-run';

/** Shows sentences about the run and the connection, above everything else. It is empty if there are none. */
export class Notices implements Panel {
  readonly element = element('div', { class: 'notices', role: 'status' });
  private readonly list = element('ul', {});
  private readonly showNewer: HTMLElement;
  private readonly saveAs: HTMLElement;
  private readonly drawSteps: HTMLElement;
  private shown = '';
  /** What the run on screen takes, as it was first known. The sentence stays, so that it is read out once. */
  private expected: { readonly runId: number; readonly ms: number } | undefined;

  constructor(actions: RunActions) {
    this.showNewer = createButton(l10n.t('Show it'), 'secondary', () => {
      actions.showNewerRun();
    }).element;
    this.saveAs = createButton(l10n.t('Save As…'), 'secondary', () => {
      actions.command('export');
    }).element;
    this.drawSteps = createButton(l10n.t('Draw Each Step'), 'secondary', () => {
      actions.command('draw-steps');
    }).element;
    this.element.append(this.list, this.showNewer, this.saveAs, this.drawSteps);
  }

  show(view: RunView): void {
    const sentences = [...this.durationOf(view), ...noticesOf(view)];
    this.element.hidden = sentences.length === 0;
    this.showNewer.hidden = view.newerRun === undefined;
    this.saveAs.hidden = view.run.keptNotice === undefined;
    this.drawSteps.hidden = !showsFinishedPicture(view);
    const text = sentences.join('\n');
    if (text === this.shown) return;
    this.shown = text;
    this.list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)));
  }

  /** Says how long a long run takes, while it is made. */
  private durationOf({ run, connection }: RunView): readonly string[] {
    if (!isRunning(run, connection) || run.isPaused) return [];
    const runId = runIdOf(run);
    const ms = run.trace.run.expectedMs ?? timeLeftMs(run.trace.snapshot);
    if (this.expected?.runId !== runId) this.expected = ms === undefined ? undefined : { runId, ms };
    if (this.expected === undefined || this.expected.ms < LONG_RUN_MS) return [];
    return [
      l10n.t(
        'This takes about {0} on this machine. You can cancel at any time, and what is there is kept.',
        roundedText(this.expected.ms),
      ),
    ];
  }
}

/** Whether an earlier step of a file shows the finished picture, because no sidecar runs that could draw the step. */
function showsFinishedPicture({ run, step }: RunView): boolean {
  const { isRecorded, canDraw, trace } = run;
  return isRecorded && !canDraw && trace.run.patch > 0 && step.step > 0 && step.step < step.stepsDone;
}

function noticesOf(view: RunView): string[] {
  const { connection, newerRun } = view;
  const { trace, notices, keptNotice, isPaused } = view.run;
  const sentences = [...notices];
  if (isPaused)
    sentences.push(
      l10n.t(
        'Paused after step {0}. The run holds its model in memory. It is saved, and when another image is asked for, it is set aside.',
        l10n.count(trace.snapshot.step),
      ),
    );
  if (keptNotice !== undefined) sentences.push(keptNotice);
  if (showsFinishedPicture(view))
    sentences.push(
      l10n.t('Decided cells show the finished picture. The model can draw what this step looked like.'),
    );
  if (trace.ending?.error) {
    const { sentence, message } = trace.ending.error;
    sentences.push(l10n.said(sentence ?? message));
  }
  if (connection.kind === 'lost') sentences.push(connection.reason);
  if (connection.kind === 'interrupted') sentences.push(l10n.t('Connecting to the sidecar again…'));
  if (newerRun) sentences.push(l10n.t('A new run has begun: {0}.', conditionText(newerRun.settings)));
  return sentences;
}
