/**
 * A length in as few parts as possible, at least one. Parts differ by at most one.
 * @param most largest length of a part, which may be infinite; a part has at least 1
 * @returns begin and end of each part
 */
export function evenParts(length: number, most: number): readonly (readonly [from: number, to: number])[] {
  const count = Math.max(1, Math.ceil(length / Math.max(1, most)));
  const endOf = (part: number): number => Math.floor((part * length) / count);
  return Array.from({ length: count }, (_, part) => [endOf(part), endOf(part + 1)] as const);
}
