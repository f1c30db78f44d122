import { describe, expect, it } from 'vitest';
import { encodePrompt } from '../../../sidecar/prompt/prompt-words';
import { placingVocabulary, smallVocabulary } from './small-vocabulary';

function wordsOf(prompt: string, maxWords = 12): string {
  return encodePrompt(prompt, placingVocabulary, maxWords).words.join(' ');
}

describe('where things stand', () => {
  it('is decided where the prompt does not say it', () => {
    expect(wordsOf('a boat at dusk')).toBe('boat right dusk');
    expect(encodePrompt('a boat at dusk', smallVocabulary, 12).words).toEqual(['boat', 'dusk']);
  });

  it('is what the prompt says, and is said right behind what it is said of', () => {
    expect(wordsOf('a boat left at dusk')).toBe('boat left dusk');
    expect(wordsOf('a boat at dusk on the left')).toBe('boat left dusk');
    expect(wordsOf('left a boat')).toBe('boat left');
    expect(wordsOf('dusk, on the left a boat')).toBe('dusk boat left');
    expect(wordsOf('a house right, and left a boat')).toBe('house right boat left');
    expect(wordsOf('left the city')).toBe('left city');
  });

  it('keeps things apart as long as there are places', () => {
    expect(wordsOf('a house and a boat')).toBe('house right boat left');
    expect(wordsOf('a moon right, a house')).toBe('moon right house left');
    expect(wordsOf('moon left, house right, boat')).toBe('moon left house right boat right');
  });

  it('is not decided for what the model draws anyway', () => {
    expect(wordsOf('the moon over the city')).toBe('moon city');
  });

  it('is left open where the model reads no more words', () => {
    expect(wordsOf('house boat night city', 4)).toBe('house boat night city');
    expect(wordsOf('house boat night city', 5)).toBe('house right boat night city');
    expect(encodePrompt('house boat night city', placingVocabulary, 4).truncated).toBe(false);
  });
});
