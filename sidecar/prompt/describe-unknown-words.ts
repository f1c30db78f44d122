import type { UnknownWord } from './prompt-words';

const MAX_NAMED = 5;

/**
 * One sentence that names the words that were left out, each with its nearest words. Example: “This model does not know
 * “dragn” (nearest: “dawn”); it was left out.”
 */
export function describeUnknownWords(unknown: readonly UnknownWord[]): string {
  const named = unknown.slice(0, MAX_NAMED).map(describe);
  const more = unknown.length - named.length;
  const parts = more > 0 ? [...named, `${more} more`] : named;
  return `This model does not know ${listed(parts)}; ${unknown.length === 1 ? 'it was' : 'they were'} left out.`;
}

function describe({ word, nearest }: UnknownWord): string {
  const short = word.length > 30 ? `${word.slice(0, 30)}…` : word;
  const near = nearest.map((candidate) => `“${candidate}”`).join(', ');
  return near === '' ? `“${short}”` : `“${short}” (nearest: ${near})`;
}

/** Lists parts: "a", "a and b", "a, b and c". */
function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
