import { element } from './element';
import type { SessionState } from './session';
import { createButton } from './toolkit';
import { conditionText } from './run-header';

/** Sentences about the run and the connection, above everything else; nothing when there is nothing to say. */
export class Notices {
  readonly element = element('div', { class: 'notices', role: 'status' });
  private readonly list = element('ul', {});
  private readonly showNewer: HTMLElement;
  private shown = '';

  constructor(onShowNewer: () => void) {
    this.showNewer = createButton('Show it', 'secondary', onShowNewer).element;
    this.element.append(this.list, this.showNewer);
  }

  show(state: SessionState): void {
    const sentences = noticesOf(state);
    this.element.hidden = sentences.length === 0;
    this.showNewer.hidden = state.newerRun === undefined;
    const text = sentences.join('\n');
    if (text === this.shown) return;
    this.shown = text;
    this.list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)));
  }
}

function noticesOf({ connection, trace, notices, newerRun }: SessionState): string[] {
  const sentences = [...notices];
  if (trace?.ending?.error) sentences.push(trace.ending.error.message);
  if (connection.kind === 'lost') sentences.push(connection.reason);
  if (connection.kind === 'interrupted') sentences.push('Connecting to the sidecar again…');
  if (newerRun) sentences.push(`A new run has begun: ${conditionText(newerRun.settings)}.`);
  return sentences;
}
