import type { CellAlternatives, CellTrack } from '../protocol';
import { asSentence, sentence, type Said, type Sentence } from '../protocol/sentence';
import { cellSight } from '../trace-file/cell-sight';
import type { FedToken } from '../trace-file/run-record';
import type { RunDebugger } from './run-debugger';

/** What the user may change of a cell. */
export type CellEdit = 'token' | 'forbidden';

/** A named value of a cell or a step, as text. A name that may stand in a condition is the same in every language. */
export interface RunVariable {
  readonly name: Said;
  readonly value: Said;
  /** The expression with this value; undefined when there is none. */
  readonly expression?: string;
  /** What the user changes by setting it; undefined when it cannot be set. */
  readonly edit?: CellEdit;
}

/** The values of a cell: its place, token and tracks, and what is forbidden there. */
export function cellVariables(run: RunDebugger, cell: number): readonly RunVariable[] {
  const { steps, edits, step } = run;
  const { tokens, tracks, width } = steps.record.snapshot;
  const row = Math.floor(cell / width) + 1;
  const column = (cell % width) + 1;
  const place = [
    { name: 'row', value: String(row), expression: 'row' },
    { name: 'column', value: String(column), expression: 'column' },
  ];
  if (!steps.isDecided(cell, step)) return [...place, { name: 'token', value: sentence`not decided yet` }];
  const changed = edits.tokenOf(cell);
  const token = changed ?? tokens[cell] ?? 0;
  const inBrackets = `[${row}, ${column}]`;
  return [
    ...place,
    { name: 'step', value: String(steps.stepOf(cell) ?? ''), expression: `step${inBrackets}` },
    {
      name: 'token',
      value: String(token),
      edit: 'token',
      ...(changed === undefined && { expression: `token${inBrackets}` }),
    },
    ...tracks.map((track) => ({
      name: track.name,
      value: changed === undefined ? trackText(track, cell) : sentence`not known: the token was set`,
      expression: `${track.name}${inBrackets}`,
    })),
    {
      name: sentence`forbidden`,
      value: edits.forbiddenIn(cell).join(', ') || sentence`none`,
      edit: 'forbidden',
    },
    ...steps
      .events(step)
      .filter(({ position }) => position === cell)
      .map((event) => ({ name: event.kind, value: eventText(event) })),
  ];
}

/** What the model gave the likeliest tokens of a cell, the likeliest first. */
export function candidateVariables({ likeliest, drawn, rank }: CellAlternatives): readonly RunVariable[] {
  const isListed = likeliest.some(({ token }) => token === drawn.token);
  return [...likeliest, ...(isListed ? [] : [drawn])].map((candidate, i) => ({
    name: `${i < likeliest.length ? i + 1 : rank}.`,
    value:
      candidate.token === drawn.token
        ? sentence`${candidateText(candidate)}, drawn`
        : candidateText(candidate),
  }));
}

function candidateText({ token, probability, unguided }: CellAlternatives['drawn']): Sentence {
  return unguided === null
    ? sentence`token ${token}: ${probability.toFixed(3)}`
    : sentence`token ${token}: ${probability.toFixed(3)} (${unguided.toFixed(3)} without guidance)`;
}

/** How many cells of each row are decided. */
export function frontVariables({ steps, step }: RunDebugger): readonly RunVariable[] {
  const { width } = steps.record.snapshot;
  return steps.fronts(step).map((front, row) => ({
    name: sentence`row ${row + 1}`,
    value: sentence`${front} of ${width} cells`,
  }));
}

/** The drafts of undecided cells. */
export function draftVariables({ steps, step }: RunDebugger): readonly RunVariable[] {
  const cells = new Set(steps.record.snapshot.events.map(({ position }) => position));
  const drafts = [...cells].sort((a, b) => a - b).map((cell) => [cell, steps.draft(cell, step)] as const);
  const open = drafts.flatMap(([cell, token]) =>
    token === undefined ? [] : [{ name: steps.cellName(cell), value: sentence`token ${token}` }],
  );
  return open.length === 0 ? [{ name: sentence`drafts`, value: sentence`none` }] : open;
}

/** The tokens that the step was fed. */
export function feedVariables({ steps, step }: RunDebugger): readonly RunVariable[] {
  const { fed } = steps.record;
  if (step === 0) return [{ name: sentence`feed`, value: sentence`nothing was fed yet` }];
  if (fed.length === 0) return [{ name: sentence`feed`, value: sentence`not recorded in this file` }];
  const inputs = fed[step - 1] ?? [];
  if (inputs.length === 0) return [{ name: sentence`feed`, value: sentence`the prompt alone` }];
  return inputs.map((input) => ({ name: sentence`place ${input.position}`, value: inputText(input) }));
}

function inputText({ token, time, until }: FedToken): Sentence {
  const fed = sentence`token ${token}`;
  const timed = time === undefined ? fed : sentence`${fed}, time ${time}`;
  return until === undefined ? timed : sentence`${timed}, seen until ${until}`;
}

/** What the cell saw of the cells before it, and what not. */
export function maskVariables({ steps, step }: RunDebugger, cell: number): readonly RunVariable[] {
  const sight = steps.isDecided(cell, step) ? cellSight(steps.record, cell) : undefined;
  if (!sight)
    return [
      {
        name: sentence`mask`,
        value: sentence`not known: the cell is not decided, or the file does not tell`,
      },
    ];
  return [
    { name: sentence`seen`, value: sentence`${sight.seen.length} of ${cell} cells before it` },
    ...sight.hidden.map((hidden) => ({ name: steps.cellName(hidden), value: sentence`hidden` })),
    ...sight.standIns.map(({ position, token }) => ({
      name: steps.cellName(position),
      value: sentence`stand-in ${token}`,
    })),
  ];
}

function trackText({ values, digits, unit }: CellTrack, cell: number): Said {
  const number = (values[cell] ?? 0).toFixed(digits);
  return unit === '' ? number : sentence`${number} ${asSentence(unit)}`;
}

function eventText(event: ReturnType<RunDebugger['steps']['events']>[number]): Sentence {
  switch (event.kind) {
    case 'judged':
      return event.accepted
        ? sentence`token ${event.token} accepted: ${event.narrower.toFixed(3)} before, ${event.wider.toFixed(3)} now`
        : sentence`token ${event.token} rejected: ${event.narrower.toFixed(3)} before, ${event.wider.toFixed(3)} now`;
    case 'corrected':
      return sentence`token ${event.token} in place of the draft ${event.draft}`;
    case 'drafted':
    case 'confirmed':
      return sentence`token ${event.token}`;
  }
}
