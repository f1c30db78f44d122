/**
 * Words that say where things stand. A model that draws in raster order has to know at the left edge whether a thing will stand
 * there; a small one that was not told tends to leave it out altogether.
 */
export interface Placement {
  /** Words that say where; those before others are taken first where nothing is said. */
  readonly places: readonly string[];
  /** Words that a place can be said of. */
  readonly nouns: ReadonlySet<string>;
  /** Those of them that are given a place where the prompt names none. */
  readonly placed: ReadonlySet<string>;
}

/**
 * Says where every thing stands, right behind it: “pine lake left” -> “pine left lake”, “house left boat” -> “house left boat right”. A
 * place belongs to the nearest noun before it that has none yet, otherwise to the next one (“left red house”). Things are kept apart as
 * long as there are places.
 *
 * @param maxWords things that come later go without
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

/** Which noun each place in the prompt is said of, and which words said so. */
function placesSaid(
  words: readonly string[],
  places: ReadonlySet<string>,
  nouns: ReadonlySet<string>,
): { placeOf: Map<number, string>; said: Set<number> } {
  const placeOf = new Map<number, string>();
  const said = new Set<number>();
  /** Nouns that were read and have no place yet, the nearest last. */
  const before: number[] = [];
  /** Every noun up to here was read, or has a place. */
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
