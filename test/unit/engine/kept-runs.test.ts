import { expect, it } from 'vitest';
import { KeptRuns } from '../../../sidecar/engine/kept-runs';
import { Run } from '../../../sidecar/engine/run';
import { planOf } from './engine-of-fakes';

function keptRuns(count: number): KeptRuns {
  const runs = new KeptRuns();
  for (let i = 0; i < count; i++) runs.keep(new Run(runs.nextId(), planOf()));
  return runs;
}

it('the newest sixteen runs are kept', () => {
  const runs = keptRuns(20);
  const known = Array.from({ length: 20 }, (_, i) => i + 1).filter((id) => runs.get(id));
  expect(known).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});

it('id 0 is the newest run that is kept', () => {
  const runs = keptRuns(3);
  expect(runs.get(0)?.runId).toBe(3);
  runs.forget(3);
  expect(runs.get(0)?.runId).toBe(2);
  expect(keptRuns(0).get(0)).toBeUndefined();
});

it('no id is given twice, although a run was forgotten', () => {
  const runs = keptRuns(2);
  runs.forget(2);
  expect(runs.nextId()).toBe(3);
});
