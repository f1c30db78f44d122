import { describe, expect, it } from 'vitest';
import { SharedTask } from '../../../extension/shared-task';

/** A task whose runs end when the test says so. */
function controlled() {
  const ends: (() => void)[] = [];
  const task = new SharedTask(
    () =>
      new Promise((resolve) => {
        ends.push(resolve);
      }),
  );
  return { task, ends };
}

describe('a shared task', () => {
  it('runs once more for all requests that come while it runs', async () => {
    const { task, ends } = controlled();
    const first = task.request();
    await Promise.resolve();
    expect(ends).toHaveLength(1);
    const later = [task.request(), task.request(), task.request()];
    ends[0]?.();
    await first;
    await Promise.resolve();
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await Promise.all(later);
    expect(ends).toHaveLength(2);
  });

  it('runs again for a request after its end', async () => {
    const { task, ends } = controlled();
    for (const run of [1, 2]) {
      const done = task.request();
      await Promise.resolve();
      expect(ends).toHaveLength(run);
      ends[run - 1]?.();
      await done;
    }
  });

  it('answers a request only after a run that began later', async () => {
    const { task, ends } = controlled();
    const order: string[] = [];
    const first = task.request().then(() => order.push('first'));
    await Promise.resolve();
    const second = task.request().then(() => order.push('second'));
    ends[0]?.();
    await first;
    expect(order).toEqual(['first']);
    ends[1]?.();
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});
