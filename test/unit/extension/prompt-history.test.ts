import { beforeEach, describe, expect, it } from 'vitest';
import { PromptHistory } from '../../../extension/prompt-history';

describe('the prompt history', () => {
  let history: PromptHistory;

  beforeEach(() => {
    const kept = new Map<string, unknown>();
    history = new PromptHistory({
      keys: () => [...kept.keys()],
      get: <T>(key: string, otherwise?: T) => (kept.get(key) ?? otherwise) as T,
      update: (key, value) => {
        kept.set(key, value);
        return Promise.resolve();
      },
    });
  });

  it('is newest first, each prompt once', async () => {
    for (const prompt of ['one', 'two', 'one']) await history.add(prompt);
    expect(history.entries).toEqual(['one', 'two']);
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
