import { describe, expect, it } from 'vitest';
import { promptItems } from '../../../extension/prompt-items';

const model = {
  condition: 'words',
  examples: ['a red circle', 'a blue square on green'],
  words: ['circle', 'cone', 'red', 'square'],
} as const;

function lines(value: string, history: readonly string[] = []): string[] {
  return promptItems(value, history, model).map((item) =>
    'text' in item ? `${item.kind}: ${item.text}` : item.kind,
  );
}

describe('the lines under the prompt', () => {
  it('offer history, then examples, before anything is typed', () => {
    expect(lines('', ['a green cone'])).toEqual([
      'history: a green cone',
      'example: a red circle',
      'example: a blue square on green',
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
    expect(lines('', ['a red circle'])).toEqual(['history: a red circle', 'example: a blue square on green']);
  });

  it('take any prompt while the model is not known yet', () => {
    expect(promptItems('a cat', ['a cat on a mat'], undefined)).toEqual([
      { kind: 'typed', text: 'a cat' },
      { kind: 'history', text: 'a cat on a mat' },
    ]);
  });
});

describe('for a model that draws classes', () => {
  const items = (value: string) => promptItems(value, ['a prompt'], { ...model, condition: 'class' });

  it('a number is a class', () => {
    expect(items(' 207 ')).toEqual([{ kind: 'class', label: 207 }]);
  });

  it.each(['cat', '-1', '2.5', '1e3', '12345678901'])('%j is none', (value) => {
    expect(items(value)).toEqual([{ kind: 'not-a-class' }]);
  });

  it('prompts of the history are not offered', () => {
    expect(items('')).toEqual([]);
  });
});

it('a model that takes captions asks for a file', () => {
  expect(promptItems('x', [], { ...model, condition: 'caption-embedding' })).toEqual([
    { kind: 'choose-caption' },
  ]);
});

it('a model whose text encoder reads prompts takes any, or a caption file', () => {
  const items = (value: string) => promptItems(value, [], { condition: 'text', examples: [], words: [] });
  expect(items('')).toEqual([{ kind: 'choose-caption' }]);
  expect(items('qwertz')).toEqual([{ kind: 'typed', text: 'qwertz' }]);
});

it('a model without a condition draws nothing', () => {
  expect(promptItems('x', [], { ...model, condition: 'none' })).toEqual([{ kind: 'not-a-generator' }]);
});
