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
  const placeOf = new Map<number, string>();
  const said = new Set<number>();
  for (const [at, word] of words.entries()) {
    if (!places.includes(word)) continue;
    const isFree = (i: number): boolean => nouns.has(words[i] ?? '') && !placeOf.has(i);
    const owner = indicesAround(at, words.length).find(isFree);
    if (owner === undefined) continue;
    placeOf.set(owner, word);
    said.add(at);
  }
  const free = places.filter((place) => !words.includes(place));
  let room = maxWords - words.length;
  for (const [at, word] of words.entries()) {
    const place = free[0] ?? places[0];
    if (!placed.has(word) || placeOf.has(at) || place === undefined || room-- <= 0) continue;
    placeOf.set(at, place);
    free.shift();
  }
  return words.flatMap((word, at) => {
    if (said.has(at)) return [];
    const place = placeOf.get(at);
    return place === undefined ? [word] : [word, place];
  });
}

/** Those before `at`, nearest first, then those after it. */
function indicesAround(at: number, length: number): readonly number[] {
  const all = Array.from({ length }, (_, i) => i);
  return [...all.slice(0, at).reverse(), ...all.slice(at + 1)];
}
