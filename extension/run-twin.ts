import type { DecoderSettings } from '../sidecar/protocol';
import type { RunSummary } from '../sidecar/trace-file/run-summary';

/** What makes a drawing: everything but the decoder. */
const SAME_IN_BOTH = [
  'model',
  'condition',
  'suffix',
  'negative',
  'seed',
  'guidance',
  'temperature',
  'topK',
  'topP',
  'greedy',
  'precision',
  'grid',
  'noise',
  'weights',
] as const satisfies readonly (keyof RunSummary)[];

/**
 * Whether a run is what a wanted run would be, token for token and step for step. All settings that the wanted run names must be
 * the same.
 */
export function isSameDrawing(wanted: RunSummary, run: RunSummary): boolean {
  return (
    wanted.decoder === run.decoder &&
    haveSameSettings(wanted.decoderSettings, run.decoderSettings) &&
    SAME_IN_BOTH.every((key) => JSON.stringify(wanted[key]) === JSON.stringify(run[key]))
  );
}

/** A finished run of the list that is what a wanted run would be. */
export function twinOf<Run extends { readonly summary: RunSummary }>(
  wanted: RunSummary,
  runs: readonly Run[],
): Run | undefined {
  return runs.find(({ summary }) => summary.state === 'complete' && isSameDrawing(wanted, summary));
}

function haveSameSettings(wanted: DecoderSettings, settings: DecoderSettings): boolean {
  return Object.entries(wanted).every(([name, value]) => settings[name] === value);
}
