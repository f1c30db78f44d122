import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageError, parseClientMessage, type ClientMessage } from '../../../sidecar/protocol';

function refusalOf(text: string): { id: number; code: string; message: string } {
  try {
    parseClientMessage(text);
  } catch (error) {
    if (error instanceof MessageError)
      return { id: error.id, code: error.error.code, message: error.error.message };
    throw error;
  }
  throw new Error('was accepted');
}

describe('client messages', () => {
  it.each<ClientMessage>([
    { type: 'ping', id: 1 },
    { type: 'list-models', id: 2, folders: ['/models/a'] },
    { type: 'list-models', id: 2, folders: [], textEncoder: '/models/flan-t5-xl' },
    { type: 'generate', id: 3, request: { condition: { kind: 'prompt', prompt: 'hills' } } },
    { type: 'pause', id: 4, runId: 1 },
    { type: 'go-on', id: 4, runId: 1 },
    { type: 'go-on', id: 4, runId: 1, until: { kind: 'step', step: 9 } },
    { type: 'go-on', id: 4, runId: 1, until: { kind: 'cell', position: 0 } },
    {
      type: 'generate',
      id: 4,
      request: {
        condition: { kind: 'class', label: 3 },
        decoder: 'zipar',
        decoderSettings: { window: 4, firstRow: 'sequential' },
        seed: 0xffffffff,
        guidance: 2.5,
        greedy: true,
        provider: 'cpu',
      },
    },
    {
      type: 'generate',
      id: 4,
      request: {
        condition: { kind: 'prompt', prompt: 'sea' },
        decoder: 'zipar-adaptive',
        decoderSettings: { window: 4 },
      },
    },
    {
      type: 'generate',
      id: 4,
      request: { condition: { kind: 'prompt', prompt: 'sea' }, textEncoder: '/models/flan-t5-xl' },
    },
    { type: 'preview', id: 5, runId: 1, step: 9 },
    {
      type: 'count-steps',
      id: 6,
      grid: [16, 1024],
      modelWindow: 9,
      choices: [{ decoder: 'zipar', settings: { window: 4 } }],
    },
  ])('are taken when right: %o', (message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each([
    ['{', -1, 'malformed-message'],
    ['[]', -1, 'malformed-message'],
    ['{"type":"ping"}', -1, 'malformed-message'],
    ['{"type":"ping","id":-1}', -1, 'malformed-message'],
    ['{"type":"sing","id":7}', 7, 'unknown-message'],
    ['{"type":"constructor","id":7}', 7, 'unknown-message'],
    ['{"type":"cancel","id":7}', 7, 'malformed-message'],
    ['{"type":"ping","id":7,"windw":3}', 7, 'malformed-message'],
    ['{"type":"generate","id":7,"request":{}}', 7, 'malformed-message'],
    ['{"type":"go-on","id":7,"runId":1,"until":{"kind":"cell","step":2}}', 7, 'malformed-message'],
    ['{"type":"go-on","id":7,"runId":1,"until":{"kind":"row"}}', 7, 'malformed-message'],
    ['{"type":"generate","id":7,"request":{"condition":{"kind":"prompt"}}}', 7, 'malformed-message'],
    ['{"type":"generate","id":7,"request":{"condition":{"kind":"toString","x":1}}}', 7, 'malformed-message'],
    [
      '{"type":"generate","id":7,"request":{"condition":{"kind":"class","label":3},"seed":1.5}}',
      7,
      'malformed-message',
    ],
  ])('are refused with their id and a code when wrong: %s', (text, id, code) => {
    expect(refusalOf(text)).toMatchObject({ id, code });
  });

  it.each([
    '"decoder":4',
    `"decoder":"${'x'.repeat(101)}"`,
    '"decoderSettings":[4]',
    '"decoderSettings":{"window":null}',
    '"decoderSettings":{"window":{}}',
    `"decoderSettings":${JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, i])))}`,
  ])('name a decoder and its settings in short texts and numbers, not as %s', (field) => {
    const request = `{"condition":{"kind":"class","label":3},${field}}`;
    expect(refusalOf(`{"type":"generate","id":7,"request":${request}}`).code).toBe('malformed-message');
  });

  it.each([
    ['[16]', 0],
    ['[0,16]', 0],
    ['[16,1025]', 0],
    ['"16x16"', 0],
    ['[16,16]', 65],
  ])('ask for steps of a grid within limits, not of %s with %i choices', (grid, count) => {
    const choices = JSON.stringify(new Array(count).fill({ decoder: 'zipar', settings: {} }));
    const text = `{"type":"count-steps","id":7,"grid":${grid},"modelWindow":4,"choices":${choices}}`;
    expect(refusalOf(text).code).toBe('malformed-message');
  });

  it.each([
    ['{"id":1,"type":', '[', ']', '}'],
    ['{"type":"generate","id":1,"request":', '{"a":', '}', '}'],
    ['', '[', ']', ''],
  ])('are refused when they are nested deep: %s', (before, open, close, after) => {
    for (const depth of [17, 5000, 100_000]) {
      const refusal = refusalOf(
        `${before}${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}${after}`,
      );
      expect(refusal).toMatchObject({ id: -1, code: 'malformed-message' });
      expect(refusal.message).toContain('nested');
    }
  });

  it('may have any number of brackets in their texts', () => {
    const prompt = '[{"\\'.repeat(1000);
    const message = { type: 'generate', id: 1, request: { condition: { kind: 'prompt', prompt } } };
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  it('are repeated in part only', () => {
    const long = 'x'.repeat(100_000);
    expect(refusalOf(JSON.stringify({ id: 1, type: long })).message.length).toBeLessThan(200);
    expect(refusalOf(JSON.stringify({ id: 1, type: 'ping', [long]: 1 })).message.length).toBeLessThan(200);
    const folders = { id: 1, type: 'list-models', folders: [long] };
    expect(refusalOf(JSON.stringify(folders)).message).toBe(
      '"folders" must not be longer than 32767 characters.',
    );
  });

  it('name the field that is wrong', () => {
    expect(
      refusalOf('{"type":"generate","id":7,"request":{"condition":{"kind":"class","label":3},"windw":4}}')
        .message,
    ).toContain('"windw"');
  });

  it('of any shape yield a message or a MessageError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc
            .record({
              type: fc.constantFrom('ping', 'generate', 'watch'),
              id: fc.jsonValue(),
              request: fc.jsonValue(),
            })
            .map((value) => JSON.stringify(value)),
        ),
        (text) => {
          try {
            parseClientMessage(text);
          } catch (error) {
            expect(error).toBeInstanceOf(MessageError);
          }
        },
      ),
      { seed: 4, numRuns: 2000 },
    );
  });
});
