import { describe, expect, it } from 'vitest';
import { groupRuns } from '../../../extension/run-groups';

const NOW = new Date(2026, 4, 3, 14, 30);

function run(path: string, ...made: [number, number, number, number]) {
  return { file: `file://${path}`, madeAt: new Date(...made).getTime() };
}

describe('groups of runs', () => {
  it('are today, from midnight on, and the folders of the older ones', () => {
    const runs = [
      run('/w/a/new.png', 2026, 4, 3, 14),
      run('/w/b/midnight.png', 2026, 4, 3, 0),
      run('/w/a/old.png', 2026, 4, 2, 23),
      run('/w/b/older.png', 2026, 3, 1, 1),
      run('/w/a/oldest.zipar', 2025, 3, 1, 1),
    ];
    const [one, two, three, four, five] = runs;
    expect(groupRuns(runs, NOW)).toEqual([
      { kind: 'today', id: 'today', runs: [one, two] },
      { kind: 'folder', id: 'file:///w/a', runs: [three, five] },
      { kind: 'folder', id: 'file:///w/b', runs: [four] },
    ]);
  });

  it('are none without runs, and there is no today without one', () => {
    expect(groupRuns([], NOW)).toEqual([]);
    expect(groupRuns([run('/w/a.png', 2025, 1, 1, 1)], NOW).map(({ kind }) => kind)).toEqual(['folder']);
  });
});
