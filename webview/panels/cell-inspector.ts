import * as l10n from '../l10n';
import { element, setText } from '../element';
import { meaningOfCell, meaningOfSight } from '../cell-meaning';
import { draftText, hasDrafts } from '../drafts';
import { judgementsText, timesText } from '../judgements';
import { trackLabel, trackMeaning } from '../track-text';
import type { CellView } from '../step-view';
import type { Trace } from '../trace';
import { createCheckbox, type CheckboxHandle } from '../toolkit';
import type { ViewOptions } from '../view-options';
import { AlternativeBars } from './alternative-bars';
import type { Panel, RunActions, RunView } from './panel';

const NOTHING = '–';

/** Shows what is known of the cell under the pointer or the keyboard's cursor. Its size is the same for every cell of a run. */
export class CellInspector implements Panel {
  private readonly hint = element(
    'p',
    { class: 'hint' },
    l10n.t(
      'Point at a cell, or go into the grid with Tab and use the arrow keys. A click goes to the step that decided it.',
    ),
  );
  private readonly meaning = element('p', { class: 'meaning' });
  private readonly sightMeaning = element('p', { class: 'meaning sight' });
  private readonly list = element('dl', {});
  private readonly judgements = element('p', { class: 'judgements' });
  private readonly known = element('div', { class: 'known' }, this.meaning, this.list, this.judgements);
  private readonly bars = new AlternativeBars();
  private readonly alternatives: CheckboxHandle;
  private readonly sight: CheckboxHandle;
  readonly element: HTMLElement;
  private readonly place = this.add(l10n.t('row, column'));
  private readonly token = this.add(l10n.t('token'));
  private readonly step = this.add(l10n.t('step'));
  /** One element for each track of the run, in the order of the tracks. */
  private values: readonly HTMLElement[] = [];
  private labels = '';
  private readonly draft = this.add(l10n.t('draft'), 'draft');
  private readonly judged = this.add(
    l10n.t('judged'),
    'judged',
    l10n.t(
      'The model was asked again when the row above had one token more: the first number is before, the second after.',
    ),
  );

  constructor(options: ViewOptions, actions: RunActions) {
    this.sight = createCheckbox(l10n.t('What it saw'), options.sight, (sight) => {
      actions.setOptions({ sight });
    });
    this.alternatives = createCheckbox(l10n.t('Likeliest tokens'), options.alternatives, (alternatives) => {
      actions.setOptions({ alternatives });
    });
    this.element = element(
      'section',
      { class: 'cell-inspector', 'aria-label': l10n.t('Cell') },
      element('div', { class: 'choices' }, this.sight.element, this.alternatives.element),
      element('div', { class: 'about' }, this.known, this.hint),
      this.bars.element,
      this.sightMeaning,
    );
  }

  /** Prepares rows for what can be known of a cell of this run. */
  private setRun(trace: Trace): void {
    const { run, snapshot } = trace;
    this.element.classList.toggle('has-drafts', hasDrafts(trace));
    this.element.classList.toggle('rows-wait', run.decoder.events.includes('judged'));
    const labels = snapshot.tracks.map((track) => l10n.inSentence(trackLabel(track)));
    if (labels.join('\n') === this.labels) return;
    this.labels = labels.join('\n');
    for (const value of this.values) value.parentElement?.remove();
    this.values = snapshot.tracks.map((track, i) => this.add(labels[i] ?? '', '', trackMeaning(track)));
    // Drafts and judgements remain the last rows.
    for (const { parentElement } of [this.draft, this.judged])
      if (parentElement) this.list.append(parentElement);
  }

  show({ run, cell, sight, alternatives, options }: RunView): void {
    this.setRun(run.trace);
    this.sight.setChecked(options.sight);
    this.alternatives.setChecked(options.alternatives);
    this.bars.show(alternatives);
    this.sightMeaning.hidden = !sight;
    if (sight) setText(this.sightMeaning, meaningOfSight(sight));
    this.element.classList.toggle('empty', cell === undefined);
    this.showJudgements(cell);
    if (!cell) return;
    const probability = run.trace.snapshot.tracks.find(({ name }) => name === 'probability');
    setText(this.meaning, meaningOfCell(cell, probability?.values[cell.position], alternatives));
    const { decision, decidedIn, draft } = cell;
    setText(this.place, `${cell.row}, ${cell.column}`);
    this.place.title = l10n.t(
      'Rows and columns count from 1. Lists of --json count cells from 0, row by row; this is cell {0} there.',
      cell.position,
    );
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

  private add(label: string, className = '', meaning = ''): HTMLElement {
    const value = element('dd', {});
    this.list.append(
      element(
        'div',
        { class: className, ...(meaning !== '' && { title: meaning }) },
        element('dt', {}, label),
        value,
      ),
    );
    return value;
  }
}

function stepText(decidedIn: number | undefined, decided: boolean): string {
  if (decidedIn === undefined) return l10n.t('to come');
  return decided ? String(decidedIn) : l10n.t('{0} (later)', decidedIn);
}
