import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PICTURE_TOOL, readPictureToolInput } from '../../../sidecar/protocol';

describe('the tool that makes a picture', () => {
  it('is the same in VS Code as over the Model Context Protocol', () => {
    const manifest = JSON.parse(
      readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8'),
    ) as { contributes: { languageModelTools: readonly Record<string, unknown>[] } };
    expect(manifest.contributes.languageModelTools).toEqual([
      expect.objectContaining({
        name: PICTURE_TOOL.name,
        modelDescription: PICTURE_TOOL.description,
        inputSchema: PICTURE_TOOL.inputSchema,
      }),
    ]);
  });

  it('makes a request of the input', () => {
    expect(readPictureToolInput({ prompt: 'a lake', window: 4, topK: 10 })).toEqual({
      kind: 'picture',
      condition: { kind: 'prompt', prompt: 'a lake' },
      fields: { topK: 10, decoderSettings: { window: 4 } },
    });
    expect(readPictureToolInput({ label: 207 })).toMatchObject({ condition: { kind: 'class', label: 207 } });
  });

  it.each([
    [undefined, 'The input must be an object with a "prompt".'],
    [['a lake'], 'The input must be an object with a "prompt".'],
    [{ prompt: ' ' }, 'The input has no "prompt"; say what the picture shall show.'],
    [{ prompt: 7 }, '"prompt" must be a string.'],
    [{ prompt: 'a lake', seed: 1.5 }, '"seed" must be a whole number.'],
    [{ prompt: 'a lake', guidance: 101 }, '"guidance" must be at most 100.'],
    [{ prompt: 'a lake', temperature: '1' }, '"temperature" must be a number.'],
    [{ prompt: 'a lake', label: 1 }, 'The input has both "prompt" and "label"; give one of them.'],
  ])('refuses %j', (input, problem) => {
    expect(readPictureToolInput(input)).toEqual({ kind: 'problem', problem });
  });

  it('refuses a field that only objects inherit', () => {
    expect(readPictureToolInput({ prompt: 'a lake', toString: 1 })).toMatchObject({ kind: 'problem' });
  });
});
