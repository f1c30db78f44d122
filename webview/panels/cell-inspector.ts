import { element, setText } from '../element';
import { draftText, hasDrafts } from '../drafts';
import { judgementsText, timesText } from '../judgements';
import type { CellView } from '../step-view';
import type { Trace } from '../trace';
import type { Panel, RunView } from './panel';

const NOTHING = '–';

/** Shows what is known of the cell under the pointer or the keyboard's cursor. Its size is the same for every cell of a run. */
export class CellInspector implements Panel {
  private readonly hint = element(
    'p',
    { class: 'hint' },
    'Point at a cell, or go into the grid with Tab and use the arrow keys. A click goes to the step that decided it.',
  );
  private readonly list = element('dl', {});
  private readonly judgements = element('p', { class: 'judgements' });
  readonly element = element(
    'section',
    { class: 'cell-inspector', 'aria-label': 'Cell' },
    this.list,
    this.judgements,
    this.hint,
  );
  private readonly place = this.add('row, column');
  private readonly token = this.add('token');
  private readonly step = this.add('step');
  /** One element for each track of the run, in the order of the tracks. */
  private values: readonly HTMLElement[] = [];
  private labels = '';
  private readonly draft = this.add('draft', 'draft');
  private readonly judged = this.add('judged', 'judged');

  /** Prepares rows for what can be known of a cell of this run. */
  private setRun(trace: Trace): void {
    const { run, snapshot } = trace;
    this.element.classList.toggle('has-drafts', hasDrafts(trace));
    this.element.classList.toggle('rows-wait', run.decoder.events.includes('judged'));
    const labels = snapshot.tracks.map(({ label }) => label.toLowerCase());
    if (labels.join('\n') === this.labels) return;
    this.labels = labels.join('\n');
    for (const value of this.values) value.parentElement?.remove();
    this.values = labels.map((label) => this.add(label));
    // Drafts and judgements remain the last rows.
    for (const { parentElement } of [this.draft, this.judged])
      if (parentElement) this.list.append(parentElement);
  }

  show({ run, cell }: RunView): void {
    this.setRun(run.trace);
    this.element.classList.toggle('empty', cell === undefined);
    this.showJudgements(cell);
    if (!cell) return;
    const { decision, decidedIn, draft } = cell;
    setText(this.place, `${cell.row}, ${cell.column}`);
    setText(this.token, decision ? String(decision.token) : NOTHING);
    setText(this.step, stepText(decidedIn, decision !== undefined));
    setText(this.draft, draft ? draftText(draft) : NOTHING);
    for (const [i, value] of this.values.entries()) setText(value, decision?.values[i]?.text ?? NOTHING);
  }

  /** Shows how probable each candidate was, before and after the row above had one token more. */
  private showJudgements(cell: CellView | undefined): void {
    const judgements = cell?.judgements ?? [];
    const text = judgementsText(judgements);
    setText(this.judged, judgements.length > 0 ? timesText(judgements.length) : NOTHING);
    setText(this.judgements, text);
    // The row has room for four lines.
    this.judgements.title = text;
  }

  private add(label: string, className = ''): HTMLElement {
    const value = element('dd', {});
    this.list.append(element('div', { class: className }, element('dt', {}, label), value));
    return value;
  }
}

function stepText(decidedIn: number | undefined, decided: boolean): string {
  if (decidedIn === undefined) return 'to come';
  return decided ? String(decidedIn) : `${decidedIn} (later)`;
}
