import { describe, expect, it } from 'vitest';
import type { TokenAlternative } from '../../../sidecar/protocol';
import { meaningOfCell, meaningOfSight, percentText } from '../../../webview/cell-meaning';
import type { Alternatives } from '../../../webview/insights';
import { cellView } from '../../../webview/step-view';
import { runOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const trace = traceAfter(runOf(ZIPAR_3X4), 8);
const cell = cellView(trace, 8, 4);

function alternative(token: number, probability: number): TokenAlternative {
  return { token, probability, unguided: null };
}

function known(rank: number, ...likeliest: TokenAlternative[]): Alternatives {
  const drawn = likeliest.find(({ token }) => token === 104) ?? alternative(104, 0.02);
  return { kind: 'known', alternatives: { position: 4, likeliest, drawn, rank } };
}

describe('a cell in one sentence', () => {
  it('says how sure the model was, as far as the trace knows', () => {
    expect(meaningOfCell(cell, 0.92, undefined)).toBe('The model was 92 % sure of token 104.');
    expect(meaningOfCell(cell, 0.034, undefined)).toContain('drawn at a chance of 3.4 %');
    expect(meaningOfCell(cell, undefined, undefined)).toBe('Step 3 decided on token 104.');
    expect(meaningOfCell(cellView(trace, 1, 4), 0.5, undefined)).toBe('Step 3 will decide this cell.');
  });

  it('names the next likeliest token, or how many were likelier', () => {
    expect(meaningOfCell(cell, 0.5, known(1, alternative(104, 0.78), alternative(7, 0.14)))).toBe(
      'The model was 78 % sure of token 104; the next likeliest, 7, had 14 %.',
    );
    expect(meaningOfCell(cell, 0.5, known(2, alternative(7, 0.6), alternative(104, 0.2)))).toContain(
      'though 1 token was likelier; 7 had 60 %',
    );
    expect(meaningOfCell(cell, 0.5, known(40, alternative(7, 0.6)))).toContain('39 tokens were likelier');
  });
});

describe('what a cell saw, in words', () => {
  it('counts the cells, and tells of a stand-in', () => {
    const sight = { inputs: [], seen: [0, 1], hidden: [2, 3], standIns: [{ position: 3, token: 1 }] };
    expect(meaningOfSight(sight)).toBe(
      'It saw 2 of the 4 cells before it; the decoder did not wait for 2. A stand-in, dashed, is another token that was fed in place of the end of the row above.',
    );
    expect(meaningOfSight({ ...sight, hidden: [], standIns: [] })).toContain('as in raster order');
    expect(meaningOfSight({ inputs: [], seen: [], hidden: [], standIns: [] })).toContain('the prompt alone');
  });
});

describe('a percentage', () => {
  it.each([
    [1, '100 %'],
    [0.784, '78 %'],
    [0.0421, '4.2 %'],
    [0.0003, '0.03 %'],
    [0.00001, 'under 0.01 %'],
    [0, '0 %'],
  ])('of %d is %s', (probability, text) => {
    expect(percentText(probability)).toBe(text);
  });
});
