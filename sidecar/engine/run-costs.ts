import { PassCosts } from '../decoding/pass-costs';
import type { Run } from './run';
import { addStepTimes } from './step-costs';

/** Steps that a run must have made before its times are kept. */
const LEAST_STEPS = 8;

/**
 * The time that a run's steps still take, ms, by the steps that it has made itself; undefined before its second one. A run's
 * first steps decide few cells, so its later steps are expected to take longer.
 */
export function expectedAfterSteps(run: Run): number | undefined {
  const times = stepTimesOf(run);
  const { plan, trace } = run;
  if (times.size === 0) return undefined;
  const costs = new PassCosts(() => 0);
  for (const [tokens, ms] of times) costs.record(tokens, ms);
  const cells = plan.rasterSteps;
  const left = trace.tokens.filter((token) => token < 0).length / cells;
  return costs.expectedRunMs((plan.steps.least + plan.steps.most) / 2, cells) * left;
}

/**
 * Mean time of the steps that a run has made itself, ms, by their number of tokens. The first of them is left out: it is the
 * prompt's, or brings the model up to the steps of an earlier run.
 */
function stepTimesOf({ plan, trace }: Run): ReadonlyMap<number, number> {
  const first = 1 + (plan.past?.steps ?? 0);
  const byTokens = new Map<number, number[]>();
  for (const [i, ms] of trace.stepMs.slice(first).entries()) {
    const tokens = trace.fed[first + i]?.length ?? 0;
    if (tokens === 0) continue;
    const times = byTokens.get(tokens) ?? [];
    times.push(ms);
    byTokens.set(tokens, times);
  }
  return new Map([...byTokens].map(([tokens, times]) => [tokens, mean(times)]));
}

/** Keeps what the steps of a run cost, for later runs. Never rejects: without it, later runs know less. */
export async function keepStepCosts(run: Run): Promise<void> {
  const { plan, trace } = run;
  if (trace.steps - (plan.past?.steps ?? 0) < LEAST_STEPS) return;
  try {
    await addStepTimes(plan.costsKey, Object.fromEntries(stepTimesOf(run)));
  } catch {
    // the next run measures again
  }
}

function mean(values: readonly number[]): number {
  return Math.round((100 * values.reduce((sum, value) => sum + value, 0)) / values.length) / 100;
}
