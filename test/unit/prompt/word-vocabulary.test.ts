import { describe, expect, it } from 'vitest';
import { parseVocabulary, VocabularyError } from '../../../sidecar/prompt/word-vocabulary';
import { smallVocabulary, smallVocabularyFile } from './small-vocabulary';

const manyWords = (count: number): string[] => [
  ...['<pad>', '<null>'],
  ...Array.from({ length: count }, (_, i) => `w${i}`),
];
const manySynonyms = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`w${i}`, 'sea']));

describe('parseVocabulary', () => {
  it('numbers the words as they stand in the file', () => {
    expect(smallVocabulary.ids.get('dawn')).toBe(2);
    expect(smallVocabulary.words[12]).toBe('sea');
    expect(smallVocabulary.ids.has('<pad>')).toBe(false);
    expect(smallVocabulary.synonyms.get('moonlit')).toEqual(['night', 'moon']);
  });

  it.each<[string, object, RegExp]>([
    ['another format', { format: 'x' }, /"format"/],
    ['another version', { version: 2 }, /"version" is not 1/],
    ['no words', { words: ['<pad>', '<null>'] }, /"words" has no word/],
    ['words without the two special ones', { words: ['dawn', 'dusk'] }, /begin with <pad>, <null>/],
    ['a word twice', { words: [...smallVocabularyFile.words, 'sea'] }, /"sea" twice/],
    ['a word in upper case', { words: [...smallVocabularyFile.words, 'Sea'] }, /"words" has "Sea"/],
    ['a word with a space', { words: [...smallVocabularyFile.words, 'deep sea'] }, /"words" has "deep sea"/],
    ['words that are no texts', { words: ['<pad>', '<null>', 3] }, /"words" must be a list of texts/],
    ['a synonym for nothing', { synonyms: { ocean: 'water' } }, /"synonyms" maps "ocean"/],
    ['a synonym for padding', { synonyms: { nothing: '<pad>' } }, /"synonyms" maps "nothing"/],
    ['a synonym that is a word', { synonyms: { sea: 'moon' } }, /"sea", which is a word itself/],
    ['synonyms in a list', { synonyms: [] }, /"synonyms" must be an object/],
    ['a known word that is ignored', { ignored: ['sea'] }, /"ignored" has "sea"/],
    ['no examples', { examples: undefined }, /"examples"/],
    ['a text without end', { examples: ['x'.repeat(501)] }, /"examples" must be a list of texts/],
    ['300,000 words', { words: manyWords(300_000) }, /"words" must be a list of at most 65536/],
    ['300,000 synonyms', { synonyms: manySynonyms(300_000) }, /"synonyms" has more than 65536/],
    [
      'a synonym of many words',
      { synonyms: { [Array(17).fill('x').join(' ')]: 'sea' } },
      /more than 16 words/,
    ],
    ['a synonym for many words', { synonyms: { x: Array(17).fill('sea').join(' ') } }, /1 to 16 of "words"/],
    ['a placement in a list', { placement: [] }, /"placement" must be an object/],
    [
      'a placement without places',
      { placement: { nouns: [], placed: [] } },
      /"placement.places" must be a list/,
    ],
    [
      'a placement of what is no word',
      { placement: { places: [], nouns: ['dragon'], placed: [] } },
      /"placement.nouns" has "dragon", which is not in "words"/,
    ],
  ])('refuses %s', (_, change, problem) => {
    const parse = () =>
      parseVocabulary(JSON.stringify({ ...smallVocabularyFile, ...change }), '/m/vocabulary.json');
    expect(parse).toThrow(VocabularyError);
    expect(parse).toThrow(problem);
    expect(parse).toThrow('/m/vocabulary.json');
  });

  it('reads as many words as there may be', () => {
    const file = { ...smallVocabularyFile, words: manyWords(65_534), synonyms: {}, ignored: [] };
    expect(parseVocabulary(JSON.stringify(file), 'v.json').ids.get('w65533')).toBe(65_535);
  });

  it.each(['', '[]', '{', '{"format": 1, "format": 2}', '['.repeat(50)])('refuses the text "%s"', (text) => {
    expect(() => parseVocabulary(text, 'v.json')).toThrow(VocabularyError);
  });
});
