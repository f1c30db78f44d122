import { NOISE_VERSION } from '../decoding/noise';
import type { Run } from '../engine/run';
import { savedPercent } from '../protocol';

/** A finished run as `zipar generate --json` prints it. @param image file of the picture; undefined when none was made */
export function jsonReport(run: Run, image: string | undefined): object {
  const { settings, execution, grid, rasterSteps } = run.plan;
  const sorted = [...run.trace.stepMs].sort((a, b) => a - b);
  const quantile = (q: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0);
  const { loadMs, decodeMs, imageMs } = run.timings;
  return {
    model: settings.model,
    provider: settings.provider,
    execution: execution.described,
    precision: settings.precision,
    decoder: settings.decoder,
    ...settings.decoderSettings,
    seed: settings.seed,
    grid: [grid.height, grid.width],
    steps: run.trace.steps,
    rasterSteps,
    ties: run.trace.ties,
    noise: NOISE_VERSION,
    tokens: Array.from(run.trace.tokens),
    timings: {
      loadMs: round(loadMs),
      decodeMs: round(decodeMs),
      imageMs: round(imageMs),
      stepMs: { median: quantile(0.5), p95: quantile(0.95) },
    },
    image: image ?? null,
    ...branchFields(run),
    ...(run.plan.start && { start: run.plan.start }),
  };
}

/** The parent of a branch, and what was changed. Cells are numbered from 0. */
function branchFields({ plan: { branch } }: Run): object {
  if (!branch) return {};
  const { parent, ...changes } = branch;
  return { parent, branch: changes };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** A finished run in two lines. @param image file of the picture; undefined when none was made */
export function textReport(run: Run, image: string | undefined): string {
  const { rasterSteps, settings, decoder } = run.plan;
  const { steps } = run.trace;
  const how = decoder.detail === '' ? settings.decoder : `${settings.decoder}, ${decoder.detail}`;
  const lines = [
    `${steps} steps instead of ${rasterSteps} (${savedPercent(steps, rasterSteps)} % saved), ${(run.timings.decodeMs / 1000).toFixed(2)} s; ` +
      `model ${settings.model}, ${how}, seed ${settings.seed}, ${settings.provider}, weights ${settings.precision}`,
    image ?? `tokens: ${run.trace.tokens.join(' ')}`,
  ];
  return `${lines.join('\n')}\n`;
}
