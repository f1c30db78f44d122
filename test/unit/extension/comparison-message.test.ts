import { describe, expect, it } from 'vitest';
import { parseComparisonMessage } from '../../../extension/comparison-message';

describe('a message of the page that compares', () => {
  it('is read when it is part of the protocol', () => {
    for (const message of [
      { type: 'ready', nonce: 'of the page' },
      { type: 'received', nonce: 'of the page' },
      { type: 'draw-step', side: 1, step: 12 },
      { type: 'score', isAsked: true },
      { type: 'command', command: 'compare-with', side: 0 },
    ])
      expect(parseComparisonMessage(message)).toEqual(message);
  });

  it.each([
    null,
    'ready',
    {},
    { type: 'ready' },
    { type: 'ready', nonce: 1 },
    { type: 'received' },
    { type: 'unknown' },
    { type: 'draw-step', step: 1 },
    { type: 'draw-step', side: 2, step: 1 },
    { type: 'draw-step', side: 0, step: 1.5 },
    { type: 'command' },
    { type: 'command', command: 'delete', side: 0 },
    { type: 'command', command: 'compare-with', side: 2 },
    { type: 'score' },
  ])('is left out otherwise: %j', (value) => {
    expect(parseComparisonMessage(value)).toBeUndefined();
  });
});
