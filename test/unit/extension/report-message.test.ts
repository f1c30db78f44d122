import { describe, expect, it } from 'vitest';
import { parseReportMessage } from '../../../extension/report-message';

describe('a message of the page of a report', () => {
  it('is read when it is one of the known', () => {
    for (const message of [
      { type: 'ready', nonce: 'of the page' },
      { type: 'received', nonce: 'of the page' },
      { type: 'open-picture', index: 0 },
      { type: 'compare-picture', index: 71 },
    ])
      expect(parseReportMessage(message)).toEqual(message);
  });

  it.each([
    null,
    'ready',
    {},
    { type: 'ready' },
    { type: 'ready', nonce: 1 },
    { type: 'received' },
    { type: 'delete-picture', index: 0 },
    { type: 'open-picture' },
    { type: 'open-picture', index: -1 },
    { type: 'compare-picture', index: 1.5 },
  ])('is left out otherwise: %j', (value) => {
    expect(parseReportMessage(value)).toBeUndefined();
  });
});
