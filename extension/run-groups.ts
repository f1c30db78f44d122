/** What decides in which group a run stands. */
interface GroupedRun {
  /** Its URI, or anything whose text is its URI. */
  readonly file: { toString(): string };
  /** In ms since 1970. */
  readonly madeAt: number;
}

/** Runs that stand together in the list. */
export interface RunGroup<Run extends GroupedRun> {
  readonly kind: 'today' | 'folder';
  /** Identifies the group: `today`, or the URI of the folder. */
  readonly id: string;
  readonly runs: readonly Run[];
}

/** Groups runs: those of today, and the others by their folder. The order of the runs stays. */
export function groupRuns<Run extends GroupedRun>(runs: readonly Run[], now: Date): readonly RunGroup<Run>[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const today = runs.filter(({ madeAt }) => madeAt >= midnight);
  const byFolder = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.madeAt >= midnight) continue;
    const folder = run.file.toString().replace(/\/[^/]*$/, '');
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), run]);
  }
  return [
    ...(today.length > 0 ? [{ kind: 'today', id: 'today', runs: today } as const] : []),
    ...[...byFolder].map(([id, older]) => ({ kind: 'folder', id, runs: older }) as const),
  ];
}
