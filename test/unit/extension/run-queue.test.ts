import { describe, expect, it } from 'vitest';
import { RunQueue } from '../../../extension/run-queue';
import type { RepeatableRun } from '../../../extension/run-under-way';

function run(title: string): RepeatableRun {
  return { title, request: { condition: { kind: 'prompt', prompt: title } } };
}

/** A queue whose runs end when the test says so. */
function setUp() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (title: string) => void; reject: (error: Error) => void }>();
  let changes = 0;
  const queue = new RunQueue(() => changes++);
  const add = (title: string) =>
    queue.add(run(title), () => {
      begun.push(title);
      return new Promise<string>((resolve, reject) => ends.set(title, { resolve, reject }));
    });
  const waiting = () => queue.waiting.map((each) => each.run.title);
  const end = async (title: string): Promise<void> => {
    ends.get(title)?.resolve(title);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, add, begun, ends, waiting, end, changes: () => changes };
}

describe('runs in line', () => {
  it('begin one after another, and each gives its own result', async () => {
    const { queue, add, begun, waiting, end, changes } = setUp();
    const all = [add('a'), add('b'), add('c')];
    expect([begun, waiting(), queue.current?.run.title]).toEqual([['a'], ['b', 'c'], 'a']);
    await end('a');
    expect([begun, waiting(), queue.current?.run.title]).toEqual([['a', 'b'], ['c'], 'b']);
    await end('b');
    await end('c');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(queue.current).toBeUndefined();
    expect(changes()).toBeGreaterThan(5);
  });

  it('say when the present one is made, also when it fails', async () => {
    const { queue, add, ends, end } = setUp();
    await queue.currentMade();
    const first = add('a');
    const second = add('b');
    let made = 0;
    const waits = queue.currentMade().then(() => made++);
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBe(0);
    ends.get('a')?.reject(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await waits;
    const waitsAgain = queue.currentMade().then(() => made++);
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBe(1);
    await end('b');
    await waitsAgain;
    expect([made, await second]).toEqual([2, 'b']);
  });

  it('go on after a run that fails', async () => {
    const { add, begun, ends, end } = setUp();
    const first = add('a');
    const second = add('b');
    ends.get('a')?.reject(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await end('b');
    expect([begun, await second]).toEqual([['a', 'b'], 'b']);
  });

  it('leave the line one by one, or all at once, and are never begun', async () => {
    const { queue, add, begun, waiting, end } = setUp();
    const first = add('a');
    const others = [add('b'), add('c'), add('d')];
    const [second] = queue.waiting;
    expect(queue.remove(second?.id ?? 0)).toBe(true);
    expect(queue.remove(second?.id ?? 0)).toBe(false);
    expect(waiting()).toEqual(['c', 'd']);
    queue.clear();
    await end('a');
    expect(await first).toBe('a');
    expect(await Promise.all(others)).toEqual([undefined, undefined, undefined]);
    expect(begun).toEqual(['a']);
  });

  it('change their places, but not beyond the ends', async () => {
    const { queue, add, waiting, end, begun } = setUp();
    for (const title of ['a', 'b', 'c', 'd']) void add(title);
    const idOf = (title: string): number => queue.waiting.find((each) => each.run.title === title)?.id ?? 0;
    queue.move(idOf('d'), -1);
    expect(waiting()).toEqual(['b', 'd', 'c']);
    queue.move(idOf('d'), -9);
    queue.move(idOf('c'), 9);
    expect(waiting()).toEqual(['d', 'b', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'd']);
  });
});
