import type { RunSummary } from '../sidecar/trace-file/run-summary';

/** A run of the list, as far as branches need it. */
interface ListedRun {
  readonly summary: Pick<RunSummary, 'parent' | 'madeAt' | 'seed'>;
}

/** The branches of a run, in the order of the list. */
export function branchesOf<Run extends ListedRun>(run: Run, runs: readonly Run[]): readonly Run[] {
  return runs.filter((each) => each !== run && isParent(run, each));
}

/** The runs that stand below no other run of the list. A branch whose parent is gone stands by itself. */
export function withoutBranches<Run extends ListedRun>(runs: readonly Run[]): readonly Run[] {
  return runs.filter((run) => !runs.some((each) => each !== run && isParent(each, run)));
}

/** Times and seeds tell runs apart: a file may have another name by now. */
function isParent({ summary }: ListedRun, { summary: { parent } }: ListedRun): boolean {
  return parent !== undefined && parent.madeAt === summary.madeAt && parent.seed === summary.seed;
}
