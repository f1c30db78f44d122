import { describe, expect, it } from 'vitest';
import { branchesOf, withoutBranches } from '../../../extension/run-branches';

function run(name: string, madeAt: number, parentMadeAt?: number) {
  const parent =
    parentMadeAt === undefined ? {} : { parent: { file: 'p.png', madeAt: parentMadeAt, seed: 7 } };
  return { name, summary: { madeAt, seed: 7, ...parent } };
}

describe('branches in the list of runs', () => {
  const parent = run('parent', 1);
  const child = run('child', 2, 1);
  const grandchild = run('grandchild', 3, 2);
  const orphan = run('orphan', 4, 99);
  const runs = [orphan, grandchild, child, parent];

  it('stand below their parent, whatever its file is called by now', () => {
    expect(branchesOf(parent, runs)).toEqual([child]);
    expect(branchesOf(child, runs)).toEqual([grandchild]);
    expect(branchesOf(grandchild, runs)).toEqual([]);
  });

  it('stand by themselves when the parent is gone', () => {
    expect(withoutBranches(runs)).toEqual([orphan, parent]);
    expect(withoutBranches([grandchild, child])).toEqual([child]);
  });

  it('are told from runs of another seed that began at the same moment', () => {
    const other = { name: 'other', summary: { madeAt: 1, seed: 8 } };
    expect(branchesOf(other, [child, other])).toEqual([]);
  });
});
