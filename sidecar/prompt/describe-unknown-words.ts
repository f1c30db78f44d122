import type { UnknownWord } from './prompt-words';
import { sentence, type SentenceValue, type Sentence } from '../protocol/sentence';

const MAX_NAMED = 5;

/**
 * One sentence that names the words that were left out, each with its nearest words. Example: “This model does not know
 * “dragn” (nearest: “dawn”); it was left out.”
 */
export function describeUnknownWords(unknown: readonly UnknownWord[]): Sentence {
  const named = unknown.slice(0, MAX_NAMED).map(describe);
  const more = unknown.length - named.length;
  const parts = listed(more > 0 ? [...named, sentence`${more} more`] : named);
  return unknown.length === 1
    ? sentence`This model does not know ${parts}; it was left out.`
    : sentence`This model does not know ${parts}; they were left out.`;
}

function describe({ word, nearest }: UnknownWord): SentenceValue {
  const short = word.length > 30 ? `${word.slice(0, 30)}…` : word;
  const near = nearest.map((candidate) => `“${candidate}”`).join(', ');
  return near === '' ? `“${short}”` : sentence`“${short}” (nearest: ${near})`;
}

/** Lists parts: "a", "a and b", "a, b and c". */
function listed(parts: readonly SentenceValue[]): SentenceValue {
  const last = parts.at(-1) ?? '';
  if (parts.length < 2) return last;
  const [first = '', ...others] = parts.slice(0, -1);
  return sentence`${others.reduce((list, part) => sentence`${list}, ${part}`, first)} and ${last}`;
}
