import { element } from '../element';
import { createButton } from '../toolkit';
import type { Panel, RunActions, RunView } from './panel';
import { conditionText } from '../run-text';

/** Shows sentences about the run and the connection, above everything else. It is empty if there are none. */
export class Notices implements Panel {
  readonly element = element('div', { class: 'notices', role: 'status' });
  private readonly list = element('ul', {});
  private readonly showNewer: HTMLElement;
  private shown = '';

  constructor(actions: RunActions) {
    this.showNewer = createButton('Show it', 'secondary', () => {
      actions.showNewerRun();
    }).element;
    this.element.append(this.list, this.showNewer);
  }

  show(view: RunView): void {
    const sentences = noticesOf(view);
    this.element.hidden = sentences.length === 0;
    this.showNewer.hidden = view.newerRun === undefined;
    const text = sentences.join('\n');
    if (text === this.shown) return;
    this.shown = text;
    this.list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)));
  }
}

function noticesOf({ connection, run: { trace, notices }, newerRun }: RunView): string[] {
  const sentences = [...notices];
  if (trace.ending?.error) sentences.push(trace.ending.error.message);
  if (connection.kind === 'lost') sentences.push(connection.reason);
  if (connection.kind === 'interrupted') sentences.push('Connecting to the sidecar again…');
  if (newerRun) sentences.push(`A new run has begun: ${conditionText(newerRun.settings)}.`);
  return sentences;
}
