import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DebuggerError } from '../../../sidecar/debugger/debugger-error';
import { isTrue, parseExpression, type Value } from '../../../sidecar/debugger/expression';
import { RunSteps } from '../../../sidecar/debugger/run-steps';
import { smallRun } from './small-run';

const steps = new RunSteps(smallRun());

/** The value at a step, for the cell at a raster position. */
function valueOf(text: string, step = 5, cell: number | undefined = 5): Value | undefined {
  return parseExpression(text, steps.names)(steps.scope(step, cell));
}

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3 - 4 / 2', 5],
    ['-(2 - 5)', 3],
    ['row', 2],
    ['column', 2],
    ['step', 5],
    ['token', 21],
    ['entropy', 3],
    ['entropy > 2.5', true],
    ['entropy >= 3 and probability = 0.75', true],
    ['entropy > 3 || token == 21', true],
    ['not entropy > 3', true],
    ['!(row == 2)', false],
    ['entropy[1, 3] * 2', 3],
    ['token[1, 1 + 3]', 13],
    ['entropy[2, 3]', undefined],
    ['entropy[2, 3] > 1', undefined],
    ['not entropy[2, 3] > 1', undefined],
    ['rejected', false],
    ['drafted', false],
    ['mean(entropy)', 3],
    ['count(entropy > 2)', 1],
  ] as const)('%s is %s', (text, expected) => {
    expect(valueOf(text)).toBe(expected);
  });

  it('counts the cells of its step, and knows what happened to a cell', () => {
    expect(valueOf('sum(entropy)', 4)).toBe(4.5);
    expect([valueOf('max(token)', 4), valueOf('min(token)', 4), valueOf('max(token)', 0)]).toEqual([
      20,
      13,
      undefined,
    ]);
    expect([valueOf('rejected', 3, 4), valueOf('entropy', 3, 4), valueOf('corrected', 6, 6)]).toEqual([
      true,
      undefined,
      true,
    ]);
    expect([valueOf('step', 4, undefined), valueOf('row', 4, undefined)]).toEqual([4, 5 - 3]);
  });

  it.each([
    ['', 'The expression is empty; write one such as entropy > 3.'],
    [
      'entropie > 3',
      '“entropie” is no value of a cell; use step, row, column, token, probability, entropy, rejected,',
    ],
    ['entropy >', '“entropy >” ends too early; write a condition such as entropy > 3.'],
    ['entropy 3', '“3” does not fit into “entropy 3”'],
    ['(entropy > 3', '“)” is missing'],
    ['entropy[2 7]', '“7” does not fit into “entropy[2 7]”; “,” is missing.'],
    ['1 ; 2', '“;” does not fit'],
    ['('.repeat(60) + '1' + ')'.repeat(60), 'too many brackets'],
    ['1'.repeat(1001), 'more than 1000 characters'],
  ])('%s is refused in a sentence', (text, sentence) => {
    expect(() => valueOf(text)).toThrow(DebuggerError);
    expect(() => valueOf(text)).toThrow(sentence);
  });

  it('names a cell outside the grid', () => {
    expect(() => valueOf('entropy[3, 1]')).toThrow('Row 3, column 1 is outside the grid of 2x4 tokens');
  });

  it('of any characters is read or refused', () => {
    const part = fc.constantFrom(
      'entropy',
      'step',
      '3',
      '(',
      ')',
      '[',
      ']',
      ',',
      '>',
      '=',
      'and',
      'not',
      '-',
      '*',
      '§',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          const value = parseExpression(parts.join(' '), steps.names)(steps.scope(5, 5));
          return (
            ['number', 'boolean', 'undefined'].includes(typeof value) && typeof isTrue(value) === 'boolean'
          );
        } catch (error) {
          return error instanceof DebuggerError;
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
