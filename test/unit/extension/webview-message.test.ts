import { describe, expect, it } from 'vitest';
import { parseWebviewMessage } from '../../../extension/webview-message';

describe('a message from the webview', () => {
  it.each([
    { type: 'ready', nonce: 'of the page' },
    { type: 'received', nonce: 'of the page' },
    { type: 'relay-open' },
    { type: 'relay-text', text: '{"type":"ping","id":1}' },
    { type: 'relay-close' },
    { type: 'command', command: 'export', runId: 3 },
    { type: 'command', command: 'draw-steps', runId: 0 },
    { type: 'command', command: 'branch', runId: 3, place: { step: 4, cell: 17 } },
    { type: 'draw-step', step: 12 },
  ])('$type is taken', (message) => {
    expect(parseWebviewMessage(message)).toEqual(message);
  });

  it.each([
    undefined,
    null,
    'ready',
    {},
    { type: 'ready' },
    { type: 'ready', nonce: 1 },
    { type: 'received' },
    { type: 'rm -rf' },
    { type: 'relay-text' },
    { type: 'relay-text', text: 3 },
    { type: 'draw-step' },
    { type: 'draw-step', step: 0.5 },
    { type: 'command', command: 'workbench.action.quit', runId: 1 },
    { type: 'command', command: 'toString', runId: 1 },
    { type: 'command', command: 'export' },
  ])('%j is not', (message) => {
    expect(parseWebviewMessage(message)).toBeUndefined();
  });

  it.each([null, 'here', {}, { step: '1' }, { step: 0.5 }])('loses a place that is none: %j', (place) => {
    const message = parseWebviewMessage({ type: 'command', command: 'branch', runId: 3, place });
    expect(message).toEqual({ type: 'command', command: 'branch', runId: 3 });
  });

  it('loses fields that are not part of the protocol', () => {
    expect(parseWebviewMessage({ type: 'relay-open', extra: true })).toEqual({ type: 'relay-open' });
  });
});
