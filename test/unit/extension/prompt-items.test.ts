import { describe, expect, it } from 'vitest';
import { promptItems } from '../../../extension/prompt-items';

const model = {
  condition: 'words',
  classes: 0,
  classNames: [],
  examples: ['a red circle', 'a blue square on green'],
  words: ['circle', 'cone', 'red', 'square'],
} as const;

function lines(value: string, history: readonly string[] = []): string[] {
  return promptItems(value, { prompts: history, classes: [] }, model).map((item) =>
    'text' in item ? `${item.kind}: ${item.text}` : item.kind,
  );
}

describe('the lines under the prompt', () => {
  it('offer history, then examples, before anything is typed', () => {
    expect(lines('', ['a green cone'])).toEqual([
      'history: a green cone',
      'example: a red circle',
      'example: a blue square on green',
      'words',
    ]);
  });

  it('begin with what was typed', () => {
    expect(lines('a red circle on blue')).toEqual(['typed: a red circle on blue']);
    expect(lines('  red ')[0]).toBe('typed: red');
  });

  it('complete the last word only', () => {
    expect(lines('a red c')).toEqual([
      'typed: a red c',
      'completion: a red circle ',
      'completion: a red cone ',
      'example: a red circle',
    ]);
  });

  it('complete whatever the case, and nothing that is complete', () => {
    expect(lines('a CON')).toContain('completion: a cone ');
    expect(lines('a cone')).toEqual(['typed: a cone']);
    expect(lines('a cone ')).toEqual(['typed: a cone']);
  });

  it('keep the suggestions that contain every typed word', () => {
    expect(lines('green bl', ['green grass'])).toEqual([
      'typed: green bl',
      'example: a blue square on green',
    ]);
  });

  it('show nothing twice', () => {
    expect(lines('a red circle', ['a red circle'])).toEqual(['typed: a red circle']);
    expect(lines('', ['a red circle'])).toEqual([
      'history: a red circle',
      'example: a blue square on green',
      'words',
    ]);
  });

  it('take any prompt while the model is not known yet', () => {
    expect(promptItems('a cat', { prompts: ['a cat on a mat'], classes: [] }, undefined)).toEqual([
      { kind: 'typed', text: 'a cat', leftOut: [] },
      { kind: 'history', text: 'a cat on a mat' },
    ]);
  });
});

describe('words that the model does not know', () => {
  const items = (value: string, unknown: Record<string, string[]>, known: string[] = ['red']) =>
    promptItems(value, { prompts: [], classes: [] }, model, {
      prompt: value.trim(),
      known,
      unknown: Object.entries(unknown).map(([word, nearest]) => ({ word, nearest })),
    });

  it('are replaced in the first line, and named in the second', () => {
    expect(items('Red circel, please!', { circel: ['circle'], please: [] }).slice(0, 2)).toEqual([
      {
        kind: 'mended',
        typed: 'Red circel, please!',
        text: 'Red circle, please!',
        replacements: ['circle'],
      },
      { kind: 'typed', text: 'Red circel, please!', leftOut: ['circel', 'please'] },
    ]);
  });

  it('are replaced when the last word is a known one', () => {
    expect(items('circel red', { circel: ['circle'] })[0]).toMatchObject({ text: 'circle red' });
  });

  it('are not replaced while the word may still grow into a known one', () => {
    expect(items('red squ', { squ: ['red'] })[0]).toEqual({
      kind: 'typed',
      text: 'red squ',
      leftOut: [],
    });
    expect(items('red squ ', { squ: ['square'] })[0]).toMatchObject({ kind: 'mended', text: 'red square' });
  });

  it('cannot be drawn when no other word is known; then all examples are offered', () => {
    expect(items('dragon', { dragon: [] }, [])).toEqual([
      { kind: 'no-known-word', unknown: ['dragon'] },
      { kind: 'example', text: 'a red circle' },
      { kind: 'example', text: 'a blue square on green' },
      { kind: 'words', count: 4 },
    ]);
  });

  it('do not matter when they are of another text', () => {
    const reading = { prompt: 'a drag', known: [], unknown: [{ word: 'drag', nearest: [] }] };
    expect(promptItems('a dragon', { prompts: [], classes: [] }, model, reading)).toEqual([
      { kind: 'typed', text: 'a dragon', leftOut: [] },
    ]);
  });
});

const RECENT = { prompts: ['a prompt'], classes: ['2', '7', '0'] };

describe('for a model that draws classes without names', () => {
  const items = (value: string) =>
    promptItems(value, RECENT, { ...model, condition: 'class', classes: 10 }).map((item) =>
      item.kind === 'class' ? item.label : item,
    );

  it('a number below their count is a class', () => {
    expect(items(' 3 ')).toEqual([3]);
    expect(items('9')).toEqual([9]);
  });

  it.each(['10', 'cat', '-1', '2.5', '1e3', '12345678901'])('%j is none', (value) => {
    expect(items(value)).toEqual([{ kind: 'not-a-class', last: 9, hasNames: false }]);
  });

  it('classes drawn last are offered, prompts are not', () => {
    expect(items('')).toEqual([2, 7, 0]);
  });
});

describe('for a model that draws classes with names', () => {
  const classNames = ['tench, Tinca tinca', 'crane, crane bird', 'crane, construction crane'];
  const named = { ...model, condition: 'class', classes: 3, classNames } as const;
  const labels = (value: string, recent = RECENT) =>
    promptItems(value, recent, named).map((item) => (item.kind === 'class' ? item.label : item.kind));

  it('all are offered, those drawn last first, and each once', () => {
    expect(labels('')).toEqual([2, 0, 1]);
    expect(promptItems('', RECENT, named)[0]).toEqual({
      kind: 'class',
      label: 2,
      name: 'crane, construction crane',
      isRecent: true,
    });
  });

  it('every synonym is searched, whatever the case and the order of the words', () => {
    expect(labels('TINCA')).toEqual([0]);
    expect(labels('crane')).toEqual([2, 1]);
    expect(labels('crane con')).toEqual([2]);
  });

  it('a number is that class and no other', () => {
    expect(labels('1')).toEqual([1]);
    expect(labels('3')).toEqual(['not-a-class']);
  });

  it('what is in no name is no class', () => {
    expect(labels('dragon')).toEqual(['not-a-class']);
  });
});

it('a model that takes captions asks for a file', () => {
  expect(promptItems('x', RECENT, { ...model, condition: 'caption-embedding' })).toEqual([
    { kind: 'choose-caption' },
  ]);
});

it('a model whose text encoder reads prompts takes any, or a caption file', () => {
  const items = (value: string) =>
    promptItems(
      value,
      { prompts: [], classes: [] },
      { ...model, condition: 'text', examples: [], words: [] },
    );
  expect(items('')).toEqual([{ kind: 'choose-caption' }]);
  expect(items('qwertz')).toEqual([{ kind: 'typed', text: 'qwertz', leftOut: [] }]);
});

it('a model without a condition draws nothing', () => {
  expect(promptItems('x', RECENT, { ...model, condition: 'none' })).toEqual([{ kind: 'not-a-generator' }]);
});

it('a model that reads prompts itself offers no caption file', () => {
  const own = { ...model, condition: 'prompt', examples: [], words: [] } as const;
  expect(promptItems('', { prompts: [], classes: [] }, own)).toEqual([]);
  expect(promptItems('a dog', { prompts: [], classes: [] }, own)).toEqual([
    { kind: 'typed', text: 'a dog', leftOut: [] },
  ]);
});
