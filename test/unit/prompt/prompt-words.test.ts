import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../sidecar/protocol';
import { describeUnknownWords } from '../../../sidecar/prompt/describe-unknown-words';
import { editDistance, nearestWords } from '../../../sidecar/prompt/nearest-words';
import { encodePrompt } from '../../../sidecar/prompt/prompt-words';
import { parseVocabulary, PromptError } from '../../../sidecar/prompt/word-vocabulary';
import { smallVocabulary, smallVocabularyFile } from './small-vocabulary';

const encode = (prompt: string, maxWords = 8) => encodePrompt(prompt, smallVocabulary, maxWords);
const words = (prompt: string) => encode(prompt).words;

describe('encodePrompt', () => {
  it('gives the ids of the known words in order, without padding', () => {
    expect(encode('a boat at dusk')).toEqual({
      ids: [10, 3],
      words: ['boat', 'dusk'],
      unknown: [],
      truncated: false,
    });
  });

  it.each<[string, string, readonly string[]]>([
    ['case and punctuation', 'The MOON, over... the (City)!', ['moon', 'city']],
    ['hyphens', 'moon-night', ['moon', 'night']],
    ['accents and full-width letters', 'Mőon ｓｅａ', ['moon', 'sea']],
    ['plurals', 'houses, cities, boats', ['house', 'city', 'boat']],
    ['singulars', 'a star', ['stars']],
    ['plurals of synonyms', 'ships at sunsets', ['boat', 'dusk']],
    ['plurals of ignored words', 'scenes: sea', ['sea']],
    ['possessives and curly apostrophes', 'the moon’s ‘night’', ['moon', 'night']],
  ])('does not mind %s', (_, prompt, expected) => {
    expect(encode(prompt)).toMatchObject({ words: expected, unknown: [] });
  });

  it('maps synonyms, to several words too', () => {
    expect(words('moonlit ship')).toEqual(['night', 'moon', 'boat']);
  });

  it.each([
    ['a ship boat', ['boat']],
    ['moonlit night, moonlit moon', ['night', 'moon']],
    ['stars, star stars with a ship', ['stars', 'boat']],
    ['a house with a house', ['house', 'house']],
  ])('says once what neighbours both say: %s', (prompt, expected) => {
    expect(words(prompt)).toEqual(expected);
  });

  it('prefers the longest expression', () => {
    expect(encode('rowing boats, full moon')).toMatchObject({ words: ['boat', 'full', 'moon'], unknown: [] });
    expect(encode('rowing over the sea').unknown.map(({ word }) => word)).toEqual(['rowing']);
  });

  it('goes on with what it knows and names the rest once', () => {
    const { words, unknown } = encode('dragon and dragon on the sea of nihgt');
    expect(words).toEqual(['sea']);
    expect(unknown.map(({ word }) => word)).toEqual(['dragon', 'and', 'on', 'of', 'nihgt']);
    expect(unknown.at(-1)).toEqual({ word: 'nihgt', nearest: ['night'] });
  });

  it('keeps the first words of a prompt that is too long, and says so', () => {
    expect(encode('sea moon sun boat', 4)).toMatchObject({
      words: ['sea', 'moon', 'sun', 'boat'],
      truncated: false,
    });
    expect(encode('sea moon sun boat', 3)).toMatchObject({
      words: ['sea', 'moon', 'sun'],
      ids: [12, 6, 5],
      truncated: true,
    });
  });

  it.each(['', '  ', 'the a', 'dragons', '…', '<pad> <null>'])(
    'refuses “%s” and shows examples',
    (prompt) => {
      expect(() => encode(prompt)).toThrow(PromptError);
      expect(() => encode(prompt)).toThrow(/“a boat at dusk” or “stars over the city”/);
    },
  );

  it('refuses a prompt of a book’s length at once', () => {
    expect(() => encode('dragonfly '.repeat(100_000))).toThrow(/1000000 characters/);
  });

  it('does not take names of object methods for words', () => {
    expect(encode('constructor __proto__ toString sea').words).toEqual(['sea']);
  });
});

describe('nearestWords', () => {
  it('finds slips of the fingers, swapped letters among them', () => {
    expect(nearestWords('nihgt', smallVocabulary)).toEqual(['night']);
    expect(nearestWords('bota', smallVocabulary)).toEqual(['boat']);
    expect(nearestWords('sunst', smallVocabulary)[0]).toBe('sunset');
  });

  it('finds words that begin alike', () => {
    expect(nearestWords('moonshine', smallVocabulary)).toEqual(['moon', 'moonlit']);
  });

  it('finds nothing for something else', () => {
    expect(nearestWords('dragon', smallVocabulary)).toEqual([]);
    expect(nearestWords('x'.repeat(100_000), smallVocabulary)).toEqual([]);
  });
});

describe('a vocabulary of as many words as there may be', () => {
  const words = Array.from({ length: 65_534 }, (_, i) => 'x'.repeat(30) + i.toString(36).padStart(4, '0'));
  const vocabulary = parseVocabulary(
    JSON.stringify({
      ...smallVocabularyFile,
      words: ['<pad>', '<null>', ...words],
      synonyms: {},
      ignored: [],
    }),
    'vocabulary.json',
  );

  it('is compared with the first unknown words only', () => {
    const prompt = [words[0], ...Array.from({ length: 250 }, (_, i) => `${'x'.repeat(33)}${i}`)].join(' ');
    const { unknown } = encodePrompt(prompt, vocabulary, 20);
    expect(unknown).toHaveLength(250);
    expect(unknown.map(({ nearest }) => nearest.length > 0).lastIndexOf(true)).toBe(4);
  });

  it('is searched once for each word, apostrophes included', () => {
    expect(() => encodePrompt(`a${"'".repeat(9_000)}b`, vocabulary, 20)).toThrow(PromptError);
  });
});

describe('editDistance', () => {
  it.each<[string, string, number]>([
    ['', 'abc', 3],
    ['night', 'night', 0],
    ['night', 'nihgt', 1],
    ['night', 'nigt', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('between “%s” and “%s” is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
    for (const limit of [1, 2, 3])
      expect(Math.min(editDistance(a, b, limit), limit + 1)).toBe(Math.min(distance, limit + 1));
  });
});

describe('describeUnknownWords', () => {
  it('is one sentence', () => {
    expect(inEnglish(describeUnknownWords([{ word: 'nihgt', nearest: ['night'] }]))).toBe(
      'This model does not know “nihgt” (nearest: “night”); it was left out.',
    );
    expect(
      inEnglish(
        describeUnknownWords([
          { word: 'dragon', nearest: [] },
          { word: 'moo', nearest: ['moon', 'sun'] },
        ]),
      ),
    ).toBe('This model does not know “dragon” and “moo” (nearest: “moon”, “sun”); they were left out.');
  });

  it('stays short', () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ word: `w${i}`, nearest: [] }));
    expect(inEnglish(describeUnknownWords(many))).toBe(
      'This model does not know “w0”, “w1”, “w2”, “w3”, “w4” and 4 more; they were left out.',
    );
  });
});
