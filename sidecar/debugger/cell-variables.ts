import type { CellAlternatives, CellTrack } from '../protocol';
import { cellSight } from '../trace-file/cell-sight';
import type { RunDebugger } from './run-debugger';

/** A named value of a cell or a step, as text. */
export interface RunVariable {
  readonly name: string;
  readonly value: string;
  /** The expression with this value; undefined when there is none. */
  readonly expression?: string;
  /** Whether the user may set it. */
  readonly isEditable?: boolean;
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
  if (!steps.isDecided(cell, step)) return [...place, { name: 'token', value: 'not decided yet' }];
  const changed = edits.tokenOf(cell);
  const token = changed ?? tokens[cell] ?? 0;
  const inBrackets = `[${row}, ${column}]`;
  return [
    ...place,
    { name: 'step', value: String(steps.stepOf(cell) ?? ''), expression: `step${inBrackets}` },
    {
      name: 'token',
      value: String(token),
      isEditable: true,
      ...(changed === undefined && { expression: `token${inBrackets}` }),
    },
    ...tracks.map((track) => ({
      name: track.name,
      value: changed === undefined ? trackText(track, cell) : 'not known: the token was set',
      expression: `${track.name}${inBrackets}`,
    })),
    { name: 'forbidden', value: edits.forbiddenIn(cell).join(', ') || 'none', isEditable: true },
    ...steps
      .events(step)
      .filter(({ position }) => position === cell)
      .map((event) => ({ name: event.kind, value: eventText(event) })),
  ];
}

/** What the model gave the likeliest tokens of a cell, the likeliest first. */
export function candidateVariables({ likeliest, drawn, rank }: CellAlternatives): readonly RunVariable[] {
  const isListed = likeliest.some(({ token }) => token === drawn.token);
  return [...likeliest, ...(isListed ? [] : [drawn])].map(({ token, probability, unguided }, i) => ({
    name: `${i < likeliest.length ? i + 1 : rank}.`,
    value: `token ${token}: ${probability.toFixed(3)}${unguided === null ? '' : ` (${unguided.toFixed(3)} without guidance)`}${token === drawn.token ? ', drawn' : ''}`,
  }));
}

/** How many cells of each row are decided. */
export function frontVariables({ steps, step }: RunDebugger): readonly RunVariable[] {
  const { width } = steps.record.snapshot;
  return steps
    .fronts(step)
    .map((front, row) => ({ name: `row ${row + 1}`, value: `${front} of ${width} cells` }));
}

/** The drafts of undecided cells. */
export function draftVariables({ steps, step }: RunDebugger): readonly RunVariable[] {
  const cells = new Set(steps.record.snapshot.events.map(({ position }) => position));
  const drafts = [...cells].sort((a, b) => a - b).map((cell) => [cell, steps.draft(cell, step)] as const);
  const open = drafts.flatMap(([cell, token]) =>
    token === undefined ? [] : [{ name: steps.cellName(cell), value: `token ${token}` }],
  );
  return open.length === 0 ? [{ name: 'drafts', value: 'none' }] : open;
}

/** The tokens that the step was fed. */
export function feedVariables({ steps, step }: RunDebugger): readonly RunVariable[] {
  const { fed } = steps.record;
  if (step === 0) return [{ name: 'feed', value: 'nothing was fed yet' }];
  if (fed.length === 0) return [{ name: 'feed', value: 'not recorded in this file' }];
  const inputs = fed[step - 1] ?? [];
  if (inputs.length === 0) return [{ name: 'feed', value: 'the prompt alone' }];
  return inputs.map(({ position, token, time, until }) => ({
    name: `place ${position}`,
    value: `token ${token}${time === undefined ? '' : `, time ${time}`}${until === undefined ? '' : `, seen until ${until}`}`,
  }));
}

/** What the cell saw of the cells before it, and what not. */
export function maskVariables({ steps, step }: RunDebugger, cell: number): readonly RunVariable[] {
  const sight = steps.isDecided(cell, step) ? cellSight(steps.record, cell) : undefined;
  if (!sight)
    return [{ name: 'mask', value: 'not known: the cell is not decided, or the file does not tell' }];
  return [
    { name: 'seen', value: `${sight.seen.length} of ${cell} cells before it` },
    ...sight.hidden.map((hidden) => ({ name: steps.cellName(hidden), value: 'hidden' })),
    ...sight.standIns.map(({ position, token }) => ({
      name: steps.cellName(position),
      value: `stand-in ${token}`,
    })),
  ];
}

function trackText({ values, digits, unit }: CellTrack, cell: number): string {
  return `${(values[cell] ?? 0).toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

function eventText(event: ReturnType<RunDebugger['steps']['events']>[number]): string {
  switch (event.kind) {
    case 'judged':
      return `token ${event.token} ${event.accepted ? 'accepted' : 'rejected'}: ${event.narrower.toFixed(3)} before, ${event.wider.toFixed(3)} now`;
    case 'corrected':
      return `token ${event.token} in place of the draft ${event.draft}`;
    case 'drafted':
    case 'confirmed':
      return `token ${event.token}`;
  }
}
