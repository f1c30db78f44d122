import type { ModelSummary } from '../sidecar/protocol';

/** A line of the prompt's quick pick. `text` is what is drawn, or typed, when it is chosen. */
export type PromptItem =
  /** What was typed, as it is. Always the first, so that Enter draws it. */
  | { readonly kind: 'typed'; readonly text: string }
  /** The typed text with its last word completed. Goes back into the input. */
  | { readonly kind: 'completion'; readonly text: string; readonly word: string }
  | { readonly kind: 'history'; readonly text: string }
  | { readonly kind: 'example'; readonly text: string }
  /** `name`: what the class is called, synonyms and all; empty where it has no name. */
  | { readonly kind: 'class'; readonly label: number; readonly name: string; readonly isRecent: boolean }
  | { readonly kind: 'choose-caption' }
  /** The model draws nothing by itself: a decoder for tokens, for instance. */
  | { readonly kind: 'not-a-generator' }
  /** What was typed is no class; these are 0 to `last`. */
  | { readonly kind: 'not-a-class'; readonly last: number; readonly hasNames: boolean };

const COMPLETIONS_SHOWN = 5;

type PromptModel = Pick<ModelSummary, 'condition' | 'classes' | 'classNames' | 'examples' | 'words'>;

/** What was drawn last, newest first. */
export interface Recent {
  readonly prompts: readonly string[];
  /** Labels, as text. */
  readonly classes: readonly string[];
}

/** `model` is undefined while the sidecar still starts: what is typed can be drawn all the same. */
export function promptItems(value: string, recent: Recent, model: PromptModel | undefined): PromptItem[] {
  if (model?.condition === 'class') return classItems(value.trim(), recent.classes, model);
  if (model?.condition === 'caption-embedding') return [{ kind: 'choose-caption' }];
  if (model?.condition === 'none') return [{ kind: 'not-a-generator' }];
  const text = value.trim();
  const fits = (candidate: string): boolean => candidate !== text && containsWordsOf(candidate, text);
  const past = recent.prompts.filter(fits);
  const examples = (model?.examples ?? []).filter((example) => fits(example) && !past.includes(example));
  return [
    ...(text === '' ? [] : [{ kind: 'typed', text } as const]),
    ...completions(value, model?.words ?? []),
    ...past.map((entry) => ({ kind: 'history', text: entry }) as const),
    ...examples.map((entry) => ({ kind: 'example', text: entry }) as const),
    ...(model?.condition === 'text' && text === '' ? [{ kind: 'choose-caption' } as const] : []),
  ];
}

/** A number is that class. Otherwise the classes with such a name, those drawn last first. */
function classItems(
  text: string,
  recent: readonly string[],
  { classes, classNames }: PromptModel,
): PromptItem[] {
  const item = (label: number, isRecent: boolean) =>
    ({ kind: 'class', label, name: classNames[label] ?? '', isRecent }) as const;
  if (/^\d{1,9}$/.test(text) && Number(text) < classes) return [item(Number(text), false)];
  const recentLabels = recent.map(Number).filter((label) => label < classes);
  const others = [...classNames.keys()].filter((label) => !recentLabels.includes(label));
  const items = [
    ...recentLabels.map((label) => item(label, true)),
    ...others.map((label) => item(label, false)),
  ].filter(({ name }) => text === '' || (name !== '' && containsWordsOf(name, text)));
  if (items.length > 0 || text === '') return items;
  return [{ kind: 'not-a-class', last: classes - 1, hasNames: classNames.length > 0 }];
}

/** Every typed word begins a word of the candidate. */
function containsWordsOf(candidate: string, typed: string): boolean {
  const words = wordsOf(candidate);
  return wordsOf(typed).every((part) => words.some((word) => word.startsWith(part)));
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s,-]+/)
    .filter((word) => word !== '');
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
