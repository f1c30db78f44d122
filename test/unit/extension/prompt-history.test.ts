import type { Memento } from 'vscode';
import { beforeEach, describe, expect, it } from 'vitest';
import { PromptHistory } from '../../../extension/prompt-history';

describe('the prompt history', () => {
  let history: PromptHistory;
  let classes: PromptHistory;

  beforeEach(() => {
    const kept = new Map<string, unknown>();
    const memento: Memento = {
      keys: () => [...kept.keys()],
      get: <T>(key: string, otherwise?: T) => (kept.get(key) ?? otherwise) as T,
      update: (key, value) => {
        kept.set(key, value);
        return Promise.resolve();
      },
    };
    history = new PromptHistory(memento, 'ziparStudio.promptHistory');
    classes = new PromptHistory(memento, 'ziparStudio.classHistory');
  });

  it('is newest first, each prompt once', async () => {
    for (const prompt of ['one', 'two', 'one']) await history.add(prompt);
    expect(history.entries).toEqual(['one', 'two']);
  });

  it('is kept apart from the history of classes', async () => {
    await history.add('one');
    await classes.add('207');
    expect([history.entries, classes.entries]).toEqual([['one'], ['207']]);
  });

  it('keeps twenty', async () => {
    for (let i = 1; i <= 25; i++) await history.add(`prompt ${i}`);
    expect(history.entries).toHaveLength(20);
    expect(history.entries[0]).toBe('prompt 25');
    expect(history.entries[19]).toBe('prompt 6');
  });

  it('forgets what is removed', async () => {
    await history.add('one');
    await history.add('two');
    await history.remove('one');
    expect(history.entries).toEqual(['two']);
  });
});
