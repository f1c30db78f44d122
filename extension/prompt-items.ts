import type { ModelSummary } from '../sidecar/protocol';
import { begunWord, mendedPrompt, type TypedReading } from './prompt-words';

/** A line of the prompt's quick pick. Choosing the line draws its `text`, or puts it into the input. */
export type PromptItem =
  /** The typed text, unchanged. Enter draws it, unless a mended text stands before it. `leftOut`: words that are not known. */
  | { readonly kind: 'typed'; readonly text: string; readonly leftOut: readonly string[] }
  /** The typed text with unknown words replaced by near ones. It comes first, so Enter draws it. `typed`: the text it mends. */
  | {
      readonly kind: 'mended';
      readonly typed: string;
      readonly text: string;
      readonly replacements: readonly string[];
    }
  /** The model knows none of the words, so it cannot draw the text. */
  | { readonly kind: 'no-known-word'; readonly unknown: readonly string[] }
  /** Why the text of before was refused. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Lists the words that the model knows. */
  | { readonly kind: 'words'; readonly count: number }
  /** The typed text with its last word completed. Choosing it puts the text into the input. */
  | { readonly kind: 'completion'; readonly text: string; readonly word: string }
  | { readonly kind: 'history'; readonly text: string }
  | { readonly kind: 'example'; readonly text: string }
  /** `name`: all names of the class, synonyms included; empty if it has none. */
  | { readonly kind: 'class'; readonly label: number; readonly name: string; readonly isRecent: boolean }
  | { readonly kind: 'choose-caption' }
  /** The model draws nothing by itself, for instance because it is only an image decoder. */
  | { readonly kind: 'not-a-generator' }
  /** The typed text is no class. Classes are 0 to `last`. */
  | { readonly kind: 'not-a-class'; readonly last: number; readonly hasNames: boolean };

const COMPLETIONS_SHOWN = 5;

type PromptModel = Pick<ModelSummary, 'condition' | 'classes' | 'classNames' | 'examples' | 'words'>;

/** The prompts and classes drawn last, newest first. */
export interface Recent {
  readonly prompts: readonly string[];
  /** Labels of classes, as text. */
  readonly classes: readonly string[];
}

/**
 * Lists the lines for a typed text. `reading` counts if it is of this text. `model` is undefined while the sidecar starts; the typed text can be drawn nevertheless.
 */
export function promptItems(
  value: string,
  recent: Recent,
  model: PromptModel | undefined,
  reading?: TypedReading,
): PromptItem[] {
  if (model?.condition === 'class') return classItems(value.trim(), recent.classes, model);
  if (model?.condition === 'caption-embedding') return [{ kind: 'choose-caption' }];
  if (model?.condition === 'none') return [{ kind: 'not-a-generator' }];
  const text = value.trim();
  const typed = typedItems(value, model, reading);
  const isKnown = !typed.some(({ kind }) => kind === 'no-known-word');
  const fits = (candidate: string): boolean =>
    candidate !== text && (!isKnown || containsWordsOf(candidate, text));
  const past = isKnown ? recent.prompts.filter(fits) : [];
  const examples = (model?.examples ?? []).filter((example) => fits(example) && !past.includes(example));
  return [
    ...typed,
    ...completions(value, model?.words ?? []),
    ...past.map((entry) => ({ kind: 'history', text: entry }) as const),
    ...examples.map((entry) => ({ kind: 'example', text: entry }) as const),
    ...(model?.condition === 'text' && text === '' ? [{ kind: 'choose-caption' } as const] : []),
    ...(model?.condition === 'words' && (text === '' || !isKnown)
      ? [{ kind: 'words', count: model.words.length } as const]
      : []),
  ];
}

/** The lines that draw the typed text. The last word may still be unfinished, and is then not replaced. */
function typedItems(
  value: string,
  model: PromptModel | undefined,
  reading: TypedReading | undefined,
): PromptItem[] {
  const text = value.trim();
  if (text === '') return [];
  if (reading?.prompt !== text) return [{ kind: 'typed', text, leftOut: [] }];
  const begun = begunWord(value, model?.words ?? []);
  const unknown = reading.unknown.filter(({ word }) => word !== begun);
  const words = unknown.map(({ word }) => word);
  const mended = mendedPrompt(text, { unknown });
  const mayBeKnown = reading.known.length > 0 || unknown.length < reading.unknown.length;
  return [
    ...(mended ? [{ kind: 'mended', typed: text, ...mended } as const] : []),
    mayBeKnown || words.length === 0
      ? ({ kind: 'typed', text, leftOut: words } as const)
      : ({ kind: 'no-known-word', unknown: words } as const),
  ];
}

/** Finds classes. A number means the class of that label. Other text finds classes by name, those drawn last first. */
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

/** Whether every typed word begins a word of the candidate. */
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
