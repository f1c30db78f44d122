import { UNDECIDED, type StepEvent } from '../sidecar/protocol';
import { isDecidedBy, stepOfCell, type Trace } from './trace';

type DraftEvent = Exclude<StepEvent, { readonly kind: 'judged' }>;

/** The drafts of a run after a step. Cells are named by their raster positions. */
export interface DraftView {
  /** Cells with a draft that is neither confirmed nor corrected yet. */
  readonly open: readonly number[];
  /** Decided cells whose last draft was the decided token. */
  readonly confirmed: readonly number[];
  /** Decided cells whose last draft was another token. */
  readonly corrected: readonly number[];
  /** The first undecided cell of each row that has begun. */
  readonly fronts: readonly number[];
  /** The number of drafts that this step tried. */
  readonly tried: number;
  /** The number of drafts that this step confirmed. */
  readonly confirmedNow: number;
  /** The number of steps of the plain decoder for the same picture; undefined if no plain decoder makes the same picture. */
  readonly plainSteps: number | undefined;
}

/** The draft of a cell after a step. */
export interface CellDraft {
  /** The newest draft. If the cell is decided, it is the draft that the decision confirmed or corrected. */
  readonly token: number;
  readonly state: 'open' | 'confirmed' | 'corrected';
  /** The number of drafts that the cell had up to this step, at least 1. */
  readonly count: number;
}

/** Whether the decoder of the run uses drafts. */
export function hasDrafts({ run }: Trace): boolean {
  return run.decoder.events.includes('drafted');
}

/** The drafts of a run after a step; undefined if the run's decoder uses no drafts. */
export function draftsAt(trace: Trace, step: number): DraftView | undefined {
  if (!hasDrafts(trace)) return undefined;
  const newest = new Map<number, DraftEvent>();
  for (const event of draftEvents(trace, step)) newest.set(event.position, event);
  const drafted = [...newest.keys()].sort(ascending);
  const inState = (state: CellDraft['state']): number[] =>
    drafted.filter((position) => stateOf(trace, newest.get(position)) === state);
  const confirmed = inState('confirmed');
  return {
    open: inState('open'),
    confirmed,
    corrected: inState('corrected'),
    fronts: frontsAt(trace, step),
    tried: drafted.filter((position) => !isDecidedBy(trace, position, step - 1)).length,
    confirmedNow: confirmed.filter((position) => stepOfCell(trace, position) === step).length,
    plainSteps: trace.run.decoder.plainSteps,
  };
}

/** The draft of a cell after a step; undefined if the cell had no draft up to this step. */
export function draftOfCell(trace: Trace, step: number, position: number): CellDraft | undefined {
  const events = [...draftEvents(trace, step)].filter((event) => event.position === position);
  const newest = events.at(-1);
  if (!newest) return undefined;
  const state = stateOf(trace, newest);
  // Each event is about a new draft, except the event of the decision.
  return {
    token: state === 'corrected' && newest.kind === 'corrected' ? newest.draft : newest.token,
    state,
    count: state === 'open' ? events.length : events.length - 1,
  };
}

/**
 * The state of a cell's draft.
 * @param newest the cell's newest event. If the cell was decided in the step of this event, the event says how the draft ended
 */
function stateOf(trace: Trace, newest: DraftEvent | undefined): CellDraft['state'] {
  if (!newest || newest.kind === 'drafted') return 'open';
  return stepOfCell(trace, newest.position) === newest.step ? newest.kind : 'open';
}

/** A sentence about the drafts of a step, such as "7 drafts tried, 4 confirmed."; empty when the step tried none. */
export function draftSentence({ tried, confirmedNow }: DraftView): string {
  if (tried === 0) return '';
  return `${tried === 1 ? '1 draft' : `${tried} drafts`} tried, ${confirmedNow} confirmed.`;
}

/**
 * A cell's draft in words: "512, open", "512, confirmed", "512, the last of 3, corrected". The number is the token. The caller
 * puts the word *draft* before it.
 */
export function draftText({ token, state, count }: CellDraft): string {
  const earlier = count > 1 ? `, the last of ${count}` : '';
  return `${token}${earlier}, ${state}`;
}

/** The events about drafts up to a step, also those of the step itself. They are in the order of steps. */
function* draftEvents({ snapshot }: Trace, step: number): Generator<DraftEvent, void, void> {
  for (const event of snapshot.events) {
    if (event.step > step) return;
    if (event.kind !== 'judged') yield event;
  }
}

/** The raster position of the first undecided cell of each row that has begun and is not complete. */
function frontsAt(trace: Trace, step: number): number[] {
  const { height, width } = trace.snapshot;
  return Array.from({ length: height }, (_, row) => {
    let column = 0;
    while (column < width && isDecidedBy(trace, row * width + column, step)) column++;
    return column > 0 && column < width ? row * width + column : UNDECIDED;
  }).filter((front) => front !== UNDECIDED);
}

function ascending(a: number, b: number): number {
  return a - b;
}
