import { describe, expect, it } from 'vitest';
import { begunWord, mendedPrompt } from '../../../extension/prompt-words';
import { readPrompt } from '../../../sidecar/prompt/prompt-words';
import { parseVocabulary } from '../../../sidecar/prompt/word-vocabulary';

const vocabulary = parseVocabulary(
  JSON.stringify({
    format: 'zipar-vocabulary',
    version: 1,
    words: ['<pad>', '<null>', 'mountain', 'dusk', 'sea'],
    synonyms: { ocean: 'sea' },
    ignored: ['at', 'the'],
    examples: [],
  }),
  'vocabulary.json',
);

function mended(prompt: string): string | undefined {
  return mendedPrompt(prompt, readPrompt(prompt, vocabulary))?.text;
}

describe('a prompt with unknown words', () => {
  it.each([
    ['mountan at dusk', 'mountain at dusk'],
    ['The MOUNTÁN, at dusk!', 'The mountain, at dusk!'],
    ['the mountan’s dusk', 'the mountain dusk'],
    ['mountan and mountan', 'mountain and mountain'],
  ])('%j gets the nearest known words as %j', (prompt, text) => {
    expect(mended(prompt)).toBe(text);
  });

  it('stays when no word is near', () => {
    expect(mended('a dragon at dusk')).toBeUndefined();
  });
});

describe('the last word', () => {
  it.each([
    ['at mount', 'mount'],
    ['at MOÚN', 'moun'],
    ['at mountan', undefined],
    ['at mount ', undefined],
    ['at mountain', undefined],
    ['', undefined],
  ])('of %j that may still grow: %s', (text, begun) => {
    expect(begunWord(text, ['mountain', 'dusk'])).toBe(begun);
  });
});
