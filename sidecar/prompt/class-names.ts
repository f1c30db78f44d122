import imagenetClasses from './imagenet-classes.json';
import { nearestTexts } from './nearest-words';
import { normaliseText, PromptError } from './word-vocabulary';
import { sentence, type Said } from '../protocol/sentence';

const MAX_CANDIDATES = 5;

/**
 * Names of a class-conditional model's classes, in the order of their labels. Each name is a list of synonyms, the usual
 * one first: "tench, Tinca tinca". Empty when the classes have no names.
 *
 * A thousand classes are ImageNet's (ILSVRC 2012), named after their WordNet 3.0 synsets as in Caffe's `synset_words.txt`.
 * Three of those names do not tell two classes apart and have a second name here: crane (134, 517) and maillot (638).
 *
 * @param classes how many the model has
 */
export function classNames(classes: number): readonly string[] {
  return classes === imagenetClasses.length ? imagenetClasses : [];
}

/** The usual name of a class, such as "tench" for class 0; undefined when it has none. Two classes may share a usual name. */
export function className(label: number, classes: number): string | undefined {
  return synonymsOf(classNames(classes)[label] ?? '')[0];
}

/**
 * The label of a class, found by one of its synonyms, or by the whole list of them. Case and accents do not matter.
 * @param name name to look for
 * @param model name of the model in errors
 * @throws PromptError when the classes have no names, no class has this name, or several have it
 */
export function classLabel(name: string, classes: number, model: string): number {
  const names = classNames(classes);
  if (names.length === 0)
    throw new PromptError(
      sentence`The classes of ${model} have no names, so “${name}” is none of them; give a number from 0 to ${classes - 1}.`,
    );
  const wanted = normaliseText(name.trim());
  const found = labelsWhere(
    names,
    (listed) => normaliseText(listed) === wanted || spellings(listed).includes(wanted),
  );
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw new PromptError(
      sentence`“${name}” names several classes: ${describe(found, names)}. Give the number of one, or another of its names.`,
    );
  const near = labelsNear(wanted, names);
  const hint = near.length === 0 ? '' : sentence` Near it: ${describe(near, names)}.`;
  throw new PromptError(sentence`No class of ${model} is called “${name}”.${hint}`);
}

/** Classes whose names have every word of the wanted name; if there are none, classes with a similar spelling. */
function labelsNear(wanted: string, names: readonly string[]): readonly number[] {
  const words = wanted.split(/\s+/);
  const containing = labelsWhere(names, (listed) =>
    spellings(listed).some((name) => words.every((word) => name.split(/[\s-]+/).includes(word))),
  );
  if (containing.length > 0) return containing;
  const alike = nearestTexts(wanted, names.flatMap(spellings));
  return labelsWhere(names, (listed) => spellings(listed).some((name) => alike.includes(name)));
}

function labelsWhere(names: readonly string[], fits: (listed: string) => boolean): readonly number[] {
  return [...names.entries()].flatMap(([label, listed]) => (fits(listed) ? [label] : []));
}

function synonymsOf(listed: string): readonly string[] {
  return listed === '' ? [] : listed.split(', ');
}

function spellings(listed: string): readonly string[] {
  return synonymsOf(listed).map(normaliseText);
}

/** Lists classes: "134 (crane, crane bird), 517 (crane, construction crane) and 3 more". */
function describe(labels: readonly number[], names: readonly string[]): Said {
  const shown = labels.slice(0, MAX_CANDIDATES).map((label) => `${label} (${names[label] ?? ''})`);
  const more = labels.length - shown.length;
  return more > 0 ? sentence`${shown.join(', ')} and ${more} more` : shown.join(', ');
}
