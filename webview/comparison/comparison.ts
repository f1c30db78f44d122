import type { PictureFrame, Side } from '../../sidecar/protocol';
import { alignRuns, type AlignedRuns, type Alignment } from '../../sidecar/comparison/alignment';
import {
  cellDifferences,
  likelihoodDifferences,
  type CellDifferences,
} from '../../sidecar/comparison/cell-differences';
import { compareRuns, type RunDifference } from '../../sidecar/comparison/run-difference';
import type { RunRecord } from '../../sidecar/trace-file/run-record';
import { recordedRun } from '../shown-run';
import type { Trace } from '../trace';

/** A run with its file. */
export interface ComparedRun {
  /** URI of the file. */
  readonly file: string;
  /** Name of the file for people. */
  readonly name: string;
  readonly trace: Trace;
}

/** Two runs and where they differ. */
export interface Comparison {
  readonly runs: readonly [ComparedRun, ComparedRun];
  readonly difference: RunDifference;
  readonly tracks: readonly CellDifferences[];
  /** Negative log-likelihoods of both runs in raster order, in nats; undefined where nobody computed them. */
  readonly likelihoods?: TwoLikelihoods | undefined;
}

/** For each run, the negative log-likelihoods of its tokens in raster order, up to its first undecided cell, in nats. */
export type TwoLikelihoods = readonly [readonly number[], readonly number[]];

/** A run as its file keeps it. */
export type RecordedRun = Omit<ComparedRun, 'trace'> & { readonly record: RunRecord };

/** The letter that names a side. */
export const SIDE_NAMES = ['A', 'B'] as const;

/** @throws ComparisonError when the runs have different grids or models */
export function compare(a: RecordedRun, b: RecordedRun): Comparison {
  const runs = [comparedRun(a, 0), comparedRun(b, 1)] as const;
  return {
    runs: [withRangesOf(runs[0], runs[1].trace), withRangesOf(runs[1], runs[0].trace)],
    difference: compareRuns(a.record, b.record),
    tracks: cellDifferences(a.record.snapshot, b.record.snapshot),
  };
}

/** The comparison with likelihoods that the model computed. */
export function withLikelihoods(comparison: Comparison, likelihoods: TwoLikelihoods): Comparison {
  const [rows, columns] = comparison.difference.grid;
  const difference = likelihoodDifferences(likelihoods, rows * columns);
  return { ...comparison, likelihoods, tracks: [...comparison.tracks, difference] };
}

/** The id of a side's run on this page. In files, every run has the id 0. */
export function runIdOfSide(side: Side): number {
  return side + 1;
}

export function align({ runs: [a, b] }: Comparison, by: Alignment): AlignedRuns {
  return alignRuns(a.trace.snapshot, b.trace.snapshot, by);
}

function comparedRun({ file, name, record }: RecordedRun, side: Side): ComparedRun {
  const runId = runIdOfSide(side);
  const { trace } = recordedRun({
    ...record,
    run: { ...record.run, runId },
    snapshot: { ...record.snapshot, runId },
  });
  return { file, name, trace };
}

/** The run with ranges of its tracks that also have room for the other run, so that colours mean the same on both sides. */
function withRangesOf(run: ComparedRun, other: Trace): ComparedRun {
  const { trace } = run;
  const tracks = trace.snapshot.tracks.map((track) => {
    const theirs = other.snapshot.tracks.find(({ name }) => name === track.name)?.high;
    return track.high === undefined || theirs === undefined
      ? track
      : { ...track, high: Math.max(track.high, theirs) };
  });
  return { ...run, trace: { ...trace, snapshot: { ...trace.snapshot, tracks } } };
}

/** Mean difference of two pictures' pixels in each cell, 0..1 [rows * columns]. The pictures have the same size. */
export function pictureDifferences(
  a: Pick<PictureFrame, 'width' | 'height' | 'rgb'>,
  b: Pick<PictureFrame, 'width' | 'height' | 'rgb'>,
  [rows, columns]: readonly [number, number],
): Float32Array {
  const sums = new Float32Array(rows * columns);
  for (let y = 0; y < a.height; y++) {
    const row = Math.floor((y * rows) / a.height);
    for (let x = 0; x < a.width; x++) {
      const cell = row * columns + Math.floor((x * columns) / a.width);
      const from = 3 * (y * a.width + x);
      for (let i = from; i < from + 3; i++)
        sums[cell] = (sums[cell] ?? 0) + Math.abs((a.rgb[i] ?? 0) - (b.rgb[i] ?? 0));
    }
  }
  const inCell = (3 * 255 * a.width * a.height) / (rows * columns);
  return sums.map((sum) => sum / inCell);
}
