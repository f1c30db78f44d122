import type { WordVocabulary } from './word-vocabulary';

const MAX_SUGGESTIONS = 3;
const MAX_DISTANCE = 2;
/** Least number of letters at their beginning that two near words share if their endings differ. */
const MIN_SHARED_PREFIX = 4;
/** Longest word that can be a typing mistake. */
const MAX_WORD_LENGTH = 40;

/** Up to three words or synonyms that the user may have meant by an unknown word, nearest first. */
export function nearestWords(word: string, vocabulary: WordVocabulary): readonly string[] {
  return nearestTexts(word, [...vocabulary.ids.keys(), ...vocabulary.synonyms.keys()]);
}

/** Up to three of the candidates that the user may have meant by a text, nearest first. */
export function nearestTexts(text: string, candidates: readonly string[]): readonly string[] {
  if (text.length > MAX_WORD_LENGTH) return [];
  return candidates
    .map((candidate) => ({
      candidate,
      distance: nearness(text, candidate),
      prefix: sharedPrefix(text, candidate),
    }))
    .filter(({ distance, prefix }) => distance <= maxDistance(text) || prefix >= MIN_SHARED_PREFIX)
    .sort((a, b) => a.distance - b.distance || b.prefix - a.prefix)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}

/**
 * Largest distance of a near word. Short words allow one change: two changes would leave nothing of a word of three
 * letters.
 */
function maxDistance(word: string): number {
  return word.length <= 4 ? 1 : MAX_DISTANCE;
}

/** The edit distance if it is small enough to matter, else one more than the largest distance that matters. */
function nearness(word: string, candidate: string): number {
  if (Math.abs(word.length - candidate.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  return Math.min(editDistance(word, candidate, MAX_DISTANCE), MAX_DISTANCE + 1);
}

/**
 * Damerau-Levenshtein distance (optimal string alignment): the fewest insertions, deletions, substitutions and swaps of
 * neighbours that turn `a` into `b`. No part is edited twice.
 * @param limit a distance above the limit need not be exact, only above it: letters further apart are not compared
 */
export function editDistance(a: string, b: string, limit: number = Math.max(a.length, b.length)): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: Math.min(b.length, limit) + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [];
    for (let j = Math.max(0, i - limit); j <= Math.min(b.length, i + limit); j++) {
      const isEqual = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isEqual ? 0 : 1),
        isSwap ? at(beforeLast, j - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

function sharedPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
