import { version } from '../../package.json';
import { NOISE_VERSION } from '../decoding/noise';
import { RECORDED_RUN, type RunRecord } from '../trace-file/run-record';
import { describeRun, snapshotOf } from './describe-run';
import type { Run } from './run';
import { inEnglish } from '../protocol/sentence';

/** The record of a run. Its file may be passed on, so it names no folders. */
export function recordOf(run: Run): RunRecord {
  return {
    origin: {
      program: `ZipAR Studio ${version}`,
      madeAt: run.startedAt,
      noise: NOISE_VERSION,
      weights: run.plan.weights,
    },
    run: { ...describeRun(run), runId: RECORDED_RUN },
    snapshot: { ...snapshotOf(run), runId: RECORDED_RUN },
    timings: run.timings,
    error: run.error && { code: run.error.code, message: run.error.message },
    notices: run.notices.map(inEnglish),
    ties: run.trace.ties,
    fed: run.trace.fed,
    ...(run.plan.branch && { branch: run.plan.branch }),
  };
}

/** A run as it is saved for its own machine: also where its files are. */
export function savedRecordOf(run: Run): RunRecord {
  return { ...recordOf(run), places: run.plan.places };
}
