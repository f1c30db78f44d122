import type { RunFile } from './run-files';

/** Runs that stand together in the list. */
export interface RunGroup {
  readonly kind: 'today' | 'folder';
  /** Identifies the group: `today`, or the URI of the folder. */
  readonly id: string;
  readonly runs: readonly RunFile[];
}

/** Groups runs: those of today, and the others by their folder. The order of the runs stays. */
export function groupRuns(runs: readonly RunFile[], now: Date): readonly RunGroup[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const today = runs.filter(({ madeAt }) => madeAt >= midnight);
  const byFolder = new Map<string, RunFile[]>();
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
