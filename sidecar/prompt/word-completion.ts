import { normaliseText, type WordVocabulary } from './word-vocabulary';

/** Words that begin with `prefix`, the model's own in their order, then synonyms by alphabet. An empty prefix gives the model's own words only. */
export function completeWord(prefix: string, { ids, synonyms }: WordVocabulary): readonly string[] {
  const start = normaliseText(prefix.trim());
  if (start === '') return [...ids.keys()];
  const fits = (word: string): boolean => word.startsWith(start);
  return [...[...ids.keys()].filter(fits), ...[...synonyms.keys()].filter(fits).sort()];
}
