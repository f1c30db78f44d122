/**
 * Words that say where things stand. A model that draws in raster order must know at the left edge whether a thing will
 * stand there. A small model that was not told often leaves the thing out.
 */
export interface Placement {
  /** Words that name places. When the prompt names no place, earlier words of this list are taken first. */
  readonly places: readonly string[];
  /** Words that can have a place. */
  readonly nouns: ReadonlySet<string>;
  /** The nouns that are given a place when the prompt names none. */
  readonly placed: ReadonlySet<string>;
}

/**
 * Puts a place right behind every thing: “pine lake left” -> “pine left lake”, “house left boat” -> “house left boat
 * right”. A place belongs to the nearest noun before it that has no place yet. Otherwise it belongs to the next noun (“left
 * red house”). Things get different places as long as there are places.
 *
 * @param maxWords most words of the result; later things get no place beyond it
 */
export function placeThings(
  words: readonly string[],
  { places, nouns, placed }: Placement,
  maxWords: number,
): readonly string[] {
  const { placeOf, said } = placesSaid(words, new Set(places), nouns);
  const spoken = new Set(words);
  const free = places.filter((place) => !spoken.has(place));
  let given = 0;
  let room = maxWords - words.length;
  for (const [at, word] of words.entries()) {
    const place = free[given] ?? places[0];
    if (!placed.has(word) || placeOf.has(at) || place === undefined || room-- <= 0) continue;
    placeOf.set(at, place);
    given++;
  }
  return words.flatMap((word, at) => {
    if (said.has(at)) return [];
    const place = placeOf.get(at);
    return place === undefined ? [word] : [word, place];
  });
}

/** Finds the noun that each place in the prompt belongs to, and the words that named the place. */
function placesSaid(
  words: readonly string[],
  places: ReadonlySet<string>,
  nouns: ReadonlySet<string>,
): { placeOf: Map<number, string>; said: Set<number> } {
  const placeOf = new Map<number, string>();
  const said = new Set<number>();
  /** Nouns that were read and have no place yet, the nearest last. */
  const before: number[] = [];
  /** Every noun before this index was read, or has a place. */
  let after = 0;
  for (const [at, word] of words.entries()) {
    if (places.has(word)) {
      after = Math.max(after, at + 1);
      if (before.length === 0) while (after < words.length && !nouns.has(words[after] ?? '')) after++;
      const owner = before.pop() ?? (after < words.length ? after++ : undefined);
      if (owner !== undefined) {
        placeOf.set(owner, word);
        said.add(at);
      }
    }
    if (nouns.has(word) && !placeOf.has(at)) before.push(at);
  }
  return { placeOf, said };
}
