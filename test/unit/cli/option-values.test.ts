import { describe, expect, it } from 'vitest';
import { decimal, gridShape, integer } from '../../../sidecar/cli/option-values';

const NO_NUMBERS = [
  '',
  ' ',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e309',
  '0x10',
  '0b1',
  '1_000',
  '1,5',
  '٣',
  'x',
];

describe('an option that takes an integer', () => {
  it.each([...NO_NUMBERS, '1.5', '1e2', '+1', ' 1', '11', '-1', '9'.repeat(400)])('refuses %j', (text) => {
    expect(() => integer(0, 10)(text)).toThrow('It must be an integer from 0 to 10.');
  });

  it.each([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['10', 10],
  ])('takes %j', (text, value) => {
    expect(integer(0, 10)(text)).toBe(value);
  });
});

describe('an option that takes a number', () => {
  it.each([...NO_NUMBERS, '1e', '.', '-', '1.2.3', ' 1', '1 '])('refuses %j', (text) => {
    expect(() => decimal(text)).toThrow('It must be a number.');
  });

  it.each([
    ['1', 1],
    ['-0', 0],
    ['1.', 1],
    ['.5', 0.5],
    ['+7.5', 7.5],
    ['-2e-3', -0.002],
    ['1E2', 100],
  ])('takes %j', (text, value) => {
    expect(decimal(text)).toBe(value);
  });
});

describe('an option that takes a grid', () => {
  it.each(['', '16', '16x', 'x16', '0x16', '16x0', '16x16x3', '-1x2', '1.5x2', '16 x 16', '99999x1'])(
    'refuses %j',
    (text) => {
      expect(() => gridShape(text)).toThrow('It must be ROWSxCOLUMNS');
    },
  );

  it('takes rows and columns', () => {
    expect(gridShape('24x16')).toEqual({ height: 24, width: 16 });
  });
});
