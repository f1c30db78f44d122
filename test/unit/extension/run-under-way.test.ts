import type { Memento } from 'vscode';
import { describe, expect, it } from 'vitest';
import { RunUnderWay, type RepeatableRun } from '../../../extension/run-under-way';

const RUN: RepeatableRun = {
  request: { condition: { kind: 'prompt', prompt: 'hills by day' }, seed: 7, decoderSettings: { window: 4 } },
  title: 'hills by day',
};

/** A fake of VS Code's storage for a workspace. It keeps values as JSON. */
function memento(): Memento {
  let kept = new Map<string, string>();
  return {
    keys: () => [...kept.keys()],
    get: (key: string) => {
      const text = kept.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as never);
    },
    update: (key: string, value: unknown) => {
      kept = new Map(kept);
      if (value === undefined) kept.delete(key);
      else kept.set(key, JSON.stringify(value));
      return Promise.resolve();
    },
  };
}

describe('a run that a window began', () => {
  it('is not interrupted when it ended, either way', async () => {
    const kept = memento();
    expect(await new RunUnderWay(kept).during(RUN, () => Promise.resolve('picture'))).toBe('picture');
    expect(await new RunUnderWay(kept).takeInterrupted()).toBeUndefined();
    const failing = new RunUnderWay(kept).during(RUN, () => Promise.reject(new Error('out of memory')));
    await expect(failing).rejects.toThrow('out of memory');
    expect(await new RunUnderWay(kept).takeInterrupted()).toBeUndefined();
  });

  it('is interrupted when the extension host ends during the run, and is reported once', async () => {
    const kept = memento();
    void new RunUnderWay(kept).during(RUN, () => new Promise(() => undefined));
    await Promise.resolve();
    expect(await new RunUnderWay(kept).takeInterrupted()).toEqual(RUN);
    expect(await new RunUnderWay(kept).takeInterrupted()).toBeUndefined();
  });

  it('is not interrupted when the user cancelled it, even before it has ended', async () => {
    const kept = memento();
    const window = new RunUnderWay(kept);
    void window.during(RUN, () => new Promise(() => undefined));
    await window.forget();
    expect(await new RunUnderWay(kept).takeInterrupted()).toBeUndefined();
  });

  it('is interrupted when the window closes, which fails the run first', async () => {
    const kept = memento();
    const window = new RunUnderWay(kept);
    let fail: (error: Error) => void = () => undefined;
    const run = window.during(
      RUN,
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    await Promise.resolve();
    window.close();
    fail(new Error('the connection was closed'));
    await expect(run).rejects.toThrow('the connection was closed');
    expect(await new RunUnderWay(kept).takeInterrupted()).toEqual(RUN);
  });

  it.each([
    7,
    'text',
    [],
    {},
    { title: 'x' },
    { title: 7, request: {} },
    { title: 'x', request: { seed: 1 } },
  ])('is passed over where the note cannot be read: %j', async (note) => {
    const kept = memento();
    await kept.update('ziparStudio.runUnderWay', note);
    expect(await new RunUnderWay(kept).takeInterrupted()).toBeUndefined();
    expect(kept.keys()).toEqual([]);
  });
});
