import { element, setText } from './element';
import type { CellView } from './step-view';

const NOTHING = '–';

/** What is known of the cell under the pointer or the keyboard's cursor. Always takes the same room. */
export class CellInspector {
  private readonly hint = element(
    'p',
    { class: 'hint' },
    'Point at a cell, or go into the grid with Tab and use the arrow keys. A click goes to the step that decided it.',
  );
  private readonly list = element('dl', {});
  readonly element = element(
    'section',
    { class: 'cell-inspector', 'aria-label': 'Cell' },
    this.list,
    this.hint,
  );
  private readonly place = this.add('row, column');
  private readonly token = this.add('token');
  private readonly step = this.add('step');
  private readonly probability = this.add('probability');
  private readonly entropy = this.add('entropy');

  show(cell: CellView | undefined): void {
    this.element.classList.toggle('empty', cell === undefined);
    if (!cell) return;
    const { decision, decidedIn } = cell;
    setText(this.place, `${cell.row}, ${cell.column}`);
    setText(this.token, decision ? String(decision.token) : NOTHING);
    setText(this.step, stepText(decidedIn, decision !== undefined));
    setText(this.probability, decision ? decision.probability.toFixed(3) : NOTHING);
    setText(this.entropy, decision ? `${decision.entropy.toFixed(2)} nats` : NOTHING);
  }

  private add(label: string): HTMLElement {
    const value = element('dd', {});
    this.list.append(element('div', {}, element('dt', {}, label), value));
    return value;
  }
}

function stepText(decidedIn: number | undefined, decided: boolean): string {
  if (decidedIn === undefined) return 'to come';
  return decided ? String(decidedIn) : `${decidedIn} (later)`;
}
