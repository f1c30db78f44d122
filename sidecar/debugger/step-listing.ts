import { asSentence, sentence, type Said, type Sentence } from '../protocol/sentence';
import type { RunSteps } from './run-steps';

/**
 * A run as a text with a line for each step, so that a debugger can show it as the source of a program. Line 1 is the prompt,
 * and line `step + 1` is a step.
 * @param say says a sentence in the reader's language
 */
export function stepListing(steps: RunSteps, say: (said: Said) => string): string {
  const { settings, decoder } = steps.record.run;
  const { condition } = settings;
  const subject =
    condition.kind === 'prompt'
      ? `“${condition.prompt}”`
      : condition.kind === 'class'
        ? settings.className === undefined
          ? sentence`class ${condition.label}`
          : sentence`class ${condition.label} (${settings.className})`
        : condition.file;
  const label = asSentence(decoder.label);
  const how = decoder.detail === '' ? label : sentence`${label}, ${decoder.detail}`;
  const digits = String(steps.count).length;
  const head = sentence`${subject}: ${settings.model}, ${how}, seed ${settings.seed}`;
  const lines = Array.from({ length: steps.count }, (_, i) => {
    const step = i + 1;
    return `${String(step).padStart(digits)}  ${stepTexts(steps, step).map(say).join('; ')}`;
  });
  return `${[`${' '.repeat(digits)}  ${say(head)}`, ...lines].join('\n')}\n`;
}

/** The line of a step in {@link stepListing}. */
export function lineOf(step: number): number {
  return step + 1;
}

/** The step of a line; the nearest one for a line outside the listing. */
export function stepAtLine(line: number, steps: RunSteps): number {
  return Math.min(Math.max(line - 1, 0), steps.count);
}

function stepTexts(steps: RunSteps, step: number): readonly Sentence[] {
  const { tokens } = steps.record.snapshot;
  const cells = steps.decided(step).map((cell) => sentence`${steps.cellName(cell)}: ${tokens[cell] ?? ''}`);
  const events = steps.events(step).flatMap((event) => {
    const place = steps.cellName(event.position);
    if (event.kind === 'judged')
      return event.accepted ? [] : [sentence`start of ${place} rejected: ${event.token}`];
    return event.kind === 'corrected' ? [sentence`draft of ${place} corrected: ${event.draft}`] : [];
  });
  return [...cells, ...events];
}
