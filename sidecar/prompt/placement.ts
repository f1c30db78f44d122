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
 * Says where every thing stands: “pine lake night moon left” -> “pine right lake night moon left”. A place belongs to the noun
 * just before it, otherwise to the next one (“left red house”). Things are kept apart as long as there are places.
 *
 * @param maxWords the rest goes without
 */
export function placeThings(
  words: readonly string[],
  { places, nouns, placed }: Placement,
  maxWords: number,
): readonly string[] {
  const owners = new Set(
    words.flatMap((word, at) => (places.includes(word) ? ownerAt(words, at, nouns) : [])),
  );
  const free = places.filter((place) => !words.includes(place));
  let room = maxWords - words.length;
  return words.flatMap((word, at) => {
    if (!placed.has(word) || owners.has(at) || room <= 0) return [word];
    const place = free.shift() ?? places[0];
    if (place === undefined) return [word];
    room--;
    return [word, place];
  });
}

/** Index of the noun that the place at `at` is said of, or none. */
function ownerAt(words: readonly string[], at: number, nouns: ReadonlySet<string>): readonly number[] {
  if (nouns.has(words[at - 1] ?? '')) return [at - 1];
  const next = words.findIndex((word, i) => i > at && nouns.has(word));
  return next < 0 ? [] : [next];
}
