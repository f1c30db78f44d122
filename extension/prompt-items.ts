import type { ModelSummary } from '../sidecar/protocol';

/** A line of the prompt's quick pick. `text` is what is drawn, or typed, when it is chosen. */
export type PromptItem =
  /** What was typed, as it is. Always the first, so that Enter draws it. */
  | { readonly kind: 'typed'; readonly text: string }
  /** The typed text with its last word completed. Goes back into the input. */
  | { readonly kind: 'completion'; readonly text: string; readonly word: string }
  | { readonly kind: 'history'; readonly text: string }
  | { readonly kind: 'example'; readonly text: string }
  | { readonly kind: 'class'; readonly label: number }
  | { readonly kind: 'choose-caption' }
  /** The model draws nothing by itself: a decoder for tokens, for instance. */
  | { readonly kind: 'not-a-generator' }
  /** Nothing can be drawn from what was typed. */
  | { readonly kind: 'not-a-class' };

const COMPLETIONS_SHOWN = 5;

type PromptModel = Pick<ModelSummary, 'condition' | 'examples' | 'words'>;

/** `model` is undefined while the sidecar still starts: what is typed can be drawn all the same. */
export function promptItems(
  value: string,
  history: readonly string[],
  model: PromptModel | undefined,
): PromptItem[] {
  if (model?.condition === 'class') return classItems(value);
  if (model?.condition === 'caption-embedding') return [{ kind: 'choose-caption' }];
  if (model?.condition === 'none') return [{ kind: 'not-a-generator' }];
  const text = value.trim();
  const fits = (candidate: string): boolean => candidate !== text && containsWordsOf(candidate, text);
  const past = history.filter(fits);
  const examples = (model?.examples ?? []).filter((example) => fits(example) && !past.includes(example));
  return [
    ...(text === '' ? [] : [{ kind: 'typed', text } as const]),
    ...completions(value, model?.words ?? []),
    ...past.map((entry) => ({ kind: 'history', text: entry }) as const),
    ...examples.map((entry) => ({ kind: 'example', text: entry }) as const),
    ...(model?.condition === 'text' && text === '' ? [{ kind: 'choose-caption' } as const] : []),
  ];
}

function classItems(value: string): PromptItem[] {
  const text = value.trim();
  if (text === '') return [];
  return /^\d{1,9}$/.test(text) ? [{ kind: 'class', label: Number(text) }] : [{ kind: 'not-a-class' }];
}

/** Every typed word begins a word of the candidate. */
function containsWordsOf(candidate: string, typed: string): boolean {
  const words = candidate.toLowerCase().split(/\s+/);
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)));
}

function completions(value: string, words: readonly string[]): PromptItem[] {
  const begun = /[\p{L}\p{N}-]+$/u.exec(value)?.[0];
  if (begun === undefined) return [];
  const before = value.slice(0, value.length - begun.length);
  return words
    .filter((word) => word.length > begun.length && word.toLowerCase().startsWith(begun.toLowerCase()))
    .slice(0, COMPLETIONS_SHOWN)
    .map((word) => ({ kind: 'completion', text: `${before}${word} `, word }) as const);
}
