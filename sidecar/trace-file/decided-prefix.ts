import { UNDECIDED, type Snapshot } from '../protocol';

/** The tokens of a run in raster order, up to its first undecided cell: those that raster order could have drawn so far. */
export function decidedPrefix({ tokens, stepOf }: Pick<Snapshot, 'tokens' | 'stepOf'>): Int32Array {
  const end = stepOf.findIndex((step) => step === UNDECIDED);
  return Int32Array.from(end < 0 ? tokens : tokens.subarray(0, end));
}
