import type { RunRecord } from './run-record';
import { summaryOf, type RunSummary } from './run-summary';

/** A run as JSON: its settings, and for each cell its token, its step and its tracks. */
export function runJson(record: RunRecord): object {
  const { origin, snapshot, fed, timings, notices, error, branch } = record;
  return {
    ...summaryJson(summaryOf(record), origin.program),
    tokens: Array.from(snapshot.tokens),
    stepOf: Array.from(snapshot.stepOf),
    tracks: Object.fromEntries(snapshot.tracks.map(({ name, values }) => [name, Array.from(values)])),
    stepMs: Array.from(snapshot.stepMs),
    events: snapshot.events,
    ...(branch && { branch }),
    fed,
    timings,
    notices,
    error: error ?? null,
  };
}

/** The settings of a run as JSON, for a file that has no record. */
export function summaryJson(summary: RunSummary, program: string | null = null): object {
  const { noise, weights, madeAt, grid, rasterSteps, steps, state, parent, start, ...settings } = summary;
  const { model, provider, precision, decoder, seed } = settings;
  const created = madeAt === undefined ? null : new Date(madeAt).toISOString();
  return {
    ...{ model, provider, precision, decoder, seed, settings },
    origin: { created, noise, weights, program },
    ...(parent && { parent }),
    ...(start && { start }),
    ...{ state, grid, steps, rasterSteps, tokens: null },
  };
}
