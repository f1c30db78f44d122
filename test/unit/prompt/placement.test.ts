import { describe, expect, it } from 'vitest';
import { placeThings } from '../../../sidecar/prompt/placement';
import { encodePrompt } from '../../../sidecar/prompt/prompt-words';
import { randomIntegers } from '../weights/damage';
import { placingVocabulary, smallVocabulary } from './small-vocabulary';

function wordsOf(prompt: string, maxWords = 12): string {
  return encodePrompt(prompt, placingVocabulary, maxWords).words.join(' ');
}

describe('where things stand', () => {
  it('is decided where the prompt does not say it', () => {
    expect(wordsOf('a boat at dusk')).toBe('boat right dusk');
    expect(encodePrompt('a boat at dusk', smallVocabulary, 12).words).toEqual(['boat', 'dusk']);
  });

  it('is what the prompt says, and follows directly after its noun', () => {
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

  it('is left open if the model reads no more words', () => {
    expect(wordsOf('house boat night city', 4)).toBe('house boat night city');
    expect(wordsOf('house boat night city', 5)).toBe('house right boat night city');
    expect(encodePrompt('house boat night city', placingVocabulary, 4).truncated).toBe(false);
  });
});

/** The rule in plain words: each place takes the nearest noun before it that has no place yet, otherwise the next one. */
function placedOneByOne(
  words: readonly string[],
  places: readonly string[],
  nouns: ReadonlySet<string>,
): string {
  const placeOf = new Map<number, string>();
  const said = new Set<number>();
  for (const [at, word] of words.entries()) {
    if (!places.includes(word)) continue;
    const before = [...words.keys()].slice(0, at).reverse();
    const owner = [...before, ...[...words.keys()].slice(at + 1)].find(
      (i) => nouns.has(words[i] ?? '') && !placeOf.has(i),
    );
    if (owner === undefined) continue;
    placeOf.set(owner, word);
    said.add(at);
  }
  return words.flatMap((word, at) => (said.has(at) ? [] : [word, placeOf.get(at) ?? []].flat())).join(' ');
}

describe('places that a prompt says', () => {
  const nouns = new Set(['boat', 'house', 'moon', 'left']);
  it('belong to the nearest noun, in 5000 prompts', () => {
    const random = randomIntegers(3);
    const known = ['boat', 'house', 'moon', 'left', 'right', 'dusk', 'red'];
    for (let round = 0; round < 5000; round++) {
      const words = Array.from({ length: random(10) }, () => known[random(known.length)] ?? '');
      const placement = { places: ['right', 'left'], nouns, placed: new Set<string>() };
      const found = placeThings(words, placement, 99).join(' ');
      expect([words, found]).toEqual([words, placedOneByOne(words, placement.places, nouns)]);
    }
  });

  it('are read once each, in a prompt of 200,000 words', () => {
    const words = Array.from({ length: 200_000 }, (_, i) => (i < 100_000 ? 'left' : 'boat'));
    const boats = new Set(['boat']);
    const placement = { places: ['left'], nouns: boats, placed: boats };
    expect(placeThings(words, placement, 200_000)).toHaveLength(200_000);
  });
});
