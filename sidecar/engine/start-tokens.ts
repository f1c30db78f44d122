import type { RunPlan } from './run-plan';
import { keptPast } from './run-start';

/** The plan of a run with the tokens of the picture that it begins with. The run keeps those of the upper rows. @param tokens [H*W] */
export function withStartTokens(plan: RunPlan, tokens: Int32Array): RunPlan {
  const { start, grid, job } = plan;
  if (!start) return plan;
  const past = keptPast(tokens, start.keptRows, grid);
  const { steps, stepOf } = past;
  return {
    ...plan,
    startPicture: undefined,
    past,
    job: { ...job, past: { steps, tokens: past.tokens, stepOf, isForeign: true } },
  };
}
