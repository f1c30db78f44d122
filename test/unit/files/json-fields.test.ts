import { describe, expect, it } from 'vitest';
import { JsonFields } from '../../../sidecar/files/json-fields';
import { inEnglish } from '../../../sidecar/protocol';

class Refusal extends Error {}

function fieldsOf(value: unknown): JsonFields {
  return new JsonFields(value, (problem) => new Refusal(`f.json: ${inEnglish(problem)}.`));
}

/** Reads something of an object that has one field. */
function read(value: unknown, how: (fields: JsonFields) => unknown): () => unknown {
  return () => how(fieldsOf({ a: value }));
}

describe('an object of a JSON file', () => {
  it('gives the fields that are right', () => {
    const fields = fieldsOf({
      name: 'déjà vu',
      note: 'two\nlines',
      count: 3,
      share: 0.5,
      grid: [16, 24],
      words: ['sea', 'sky'],
      file: 'a.json',
      kind: 'words',
      inner: { deep: [{ x: 1 }, { x: 2 }] },
    });
    expect(fields.text('name')).toBe('déjà vu');
    expect(fields.anyText('note', 20)).toBe('two\nlines');
    expect(fields.integer('count', 1, 3)).toBe(3);
    expect([fields.number('share', 0, 1), fields.amount('share')]).toEqual([0.5, 0.5]);
    expect(fields.integers('grid', 1, 1024)).toEqual([16, 24]);
    expect(fields.texts('words', 2, 3)).toEqual(['sea', 'sky']);
    expect(fields.fileName('file')).toBe('a.json');
    expect(fields.oneOf('kind', ['class', 'words'])).toBe('words');
    const deep = fields.object('inner').objects('deep', 2);
    expect(deep.map((item) => item.integer('x', 1, 2))).toEqual([1, 2]);
    expect(fields.present('missing', () => 1)).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ['"a" must be a text of 1 to 200 characters; it is 3', read(3, (f) => f.text('a'))],
    ['"a" must be a text of 1 to 200 characters; it is ""', read('', (f) => f.text('a'))],
    ['"a" must be a text of 1 to 2 characters; it is "abc"', read('abc', (f) => f.text('a', 2))],
    [
      '"a" must be one line without control characters; it is "x\\u001b"',
      read('x\u001b', (f) => f.text('a')),
    ],
    [
      '"a" must be one line without control characters; it is "\\u202ex"',
      read('\u202ex', (f) => f.text('a')),
    ],
    ['"a" must be a text of at most 2 characters; it is "abc"', read('abc', (f) => f.anyText('a', 2))],
    ['"a" must be an integer from 1 to 3; it is 4', read(4, (f) => f.integer('a', 1, 3))],
    ['"a" must be an integer from 1 to 3; it is 1.5', read(1.5, (f) => f.integer('a', 1, 3))],
    ['"a" must be an integer from 1 to 3; it is "2"', read('2', (f) => f.integer('a', 1, 3))],
    ['"a" must be a number from 0 to 1; it is null', read(NaN, (f) => f.number('a', 0, 1))],
    ['"a" must be a number of 0 or more; it is -1', read(-1, (f) => f.amount('a'))],
    ['"a" must be a short list of integers; it is []', read([], (f) => f.integers('a', 1, 3))],
    ['"a" must hold integers from 1 to 3; it is [1,4]', read([1, 4], (f) => f.integers('a', 1, 3))],
    ['"a" must be a list of at most 1; it is [1,2]', read([1, 2], (f) => f.list('a', 1))],
    ['"a" must be a list of texts of 1 to 3 characters; it is [" "]', read([' '], (f) => f.texts('a', 1, 3))],
    ['"a" must be the name of a file in the same folder; it is "../b"', read('../b', (f) => f.fileName('a'))],
    ['"a" must be the name of a file in the same folder; it is ".b"', read('.b', (f) => f.fileName('a'))],
    ['"a" must be one of x, y; it is "z"', read('z', (f) => f.oneOf('a', ['x', 'y']))],
    ['"a" must be an object; it is [1]', read([1], (f) => f.object('a'))],
    ['"a[1]" must be an object; it is 2', read([{}, 2], (f) => f.objects('a', 2))],
    [
      '"a.b" must be an integer from 1 to 3; it is missing',
      read({}, (f) => f.object('a').integer('b', 1, 3)),
    ],
    ['it must be a JSON object', () => fieldsOf([])],
    ['it must be a JSON object', () => fieldsOf(null)],
  ])('refuses with file, place and value: %s', (message, act) => {
    expect(act).toThrow(Refusal);
    expect(act).toThrow(`f.json: ${message}`);
  });

  it('shows no more of a wrong value than a message holds', () => {
    expect(read('x'.repeat(5000), (f) => f.text('a'))).toThrow(/x{90}…\.$/);
  });

  it('does not let a prototype answer for a field that is missing', () => {
    const parsed: unknown = JSON.parse('{"__proto__": {"a": 1}}');
    expect(() => fieldsOf(parsed).integer('a', 0, 9)).toThrow('it is missing');
    expect(() => fieldsOf({}).raw('toString')).not.toThrow();
    expect(fieldsOf({}).raw('toString')).toBeUndefined();
  });
});
