import { parseVocabulary } from '../../../sidecar/prompt/word-vocabulary';

/** The content of a vocabulary file, which tests may change. */
export const smallVocabularyFile = {
  format: 'zipar-vocabulary',
  version: 1,
  words: [
    '<pad>',
    '<null>',
    'dawn',
    'dusk',
    'night',
    'sun',
    'moon',
    'full',
    'stars',
    'city',
    'boat',
    'house',
    'sea',
  ],
  synonyms: {
    sunset: 'dusk',
    'full moon': 'full moon',
    'rowing boat': 'boat',
    moonlit: 'night moon',
    star: 'stars',
    ship: 'boat',
  },
  ignored: ['a', 'the', 'at', 'over', 'scene', 'with'],
  examples: ['a boat at dusk', 'stars over the city', 'a full moon', 'a house by the sea'],
};

export const smallVocabulary = parseVocabulary(JSON.stringify(smallVocabularyFile), 'vocabulary.json');

/** The vocabulary file of a model that must be told where boats and houses stand. */
export const placingVocabularyFile = {
  ...smallVocabularyFile,
  words: [...smallVocabularyFile.words, 'left', 'right'],
  placement: { places: ['right', 'left'], nouns: ['moon', 'boat', 'house'], placed: ['boat', 'house'] },
};

export const placingVocabulary = parseVocabulary(JSON.stringify(placingVocabularyFile), 'vocabulary.json');
