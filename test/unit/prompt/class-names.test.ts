import { describe, expect, it } from 'vitest';
import { classLabel, className, classNames } from '../../../sidecar/prompt/class-names';
import { PromptError } from '../../../sidecar/prompt/word-vocabulary';

/** The label that `--class NAME` finds for a model of a thousand classes. */
function label(name: string): number {
  return classLabel(name, 1000, 'c2i');
}

function refusal(name: string, classes = 1000): string {
  try {
    classLabel(name, classes, 'c2i');
  } catch (error) {
    if (error instanceof PromptError) return error.message;
    throw error;
  }
  return 'found';
}

describe('the names of ImageNet’s classes', () => {
  it('are a thousand, in the order of the labels', () => {
    expect(classNames(1000)).toHaveLength(1000);
    const usual = [0, 1, 207, 281, 388, 979, 980, 999].map((at) => className(at, 1000));
    expect(usual).toEqual([
      'tench',
      'goldfish',
      'golden retriever',
      'tabby',
      'giant panda',
      'valley',
      'volcano',
      'toilet tissue',
    ]);
  });

  it('are different from one another, and none is empty', () => {
    const names = classNames(1000);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(1000);
    expect(
      names.flatMap((name) => name.split(', ')).filter((name) => name !== name.trim() || name === ''),
    ).toEqual([]);
  });

  it('belong only to models with as many classes', () => {
    expect(classNames(10)).toEqual([]);
    expect(className(3, 10)).toBeUndefined();
    expect(className(1000, 1000)).toBeUndefined();
  });
});

describe('a class that the user names', () => {
  it.each([
    ['golden retriever', 207],
    ['Golden Retriever ', 207],
    ['tinca TINCA', 0],
    ['tabby, tabby cat', 281],
    ['crane bird', 134],
    ['construction crane', 517],
    ['maillot, tank suit', 639],
    ['toilet paper', 999],
  ])('%j is %i', (name, expected) => {
    expect(label(name)).toBe(expected);
  });

  it('is refused, with all classes of that name, if there are several', () => {
    expect(refusal('crane')).toBe(
      '“crane” names several classes: 134 (crane, crane bird), 517 (crane, construction crane). ' +
        'Give the number of one, or another of its names.',
    );
    expect(refusal('maillot')).toContain('638 (maillot, dance tights), 639 (maillot, tank suit)');
  });

  it('is refused, with similar names, if no class has the name', () => {
    expect(refusal('retriever')).toContain('207 (golden retriever)');
    expect(refusal('goldfsh')).toContain('Near it: 1 (goldfish, Carassius auratus)');
    expect(refusal('qqqqqq')).toBe('No class of c2i is called “qqqqqq”.');
    expect(refusal('dog')).toMatch(/, .*\d+ more\.$/);
  });

  it('is refused where the classes have no names', () => {
    expect(refusal('goldfish', 10)).toBe(
      'The classes of c2i have no names, so “goldfish” is none of them; give a number from 0 to 9.',
    );
  });
});
