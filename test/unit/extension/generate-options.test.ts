import { describe, expect, it } from 'vitest';
import { buildRequest, parseGenerateOptions as parse } from '../../../extension/generate-options';
import type { SessionChoices } from '../../../extension/settings';
import { describeDecoders } from '../../../sidecar/decoding/decoder-table';
import type { GenerateRequest, ModelSummary } from '../../../sidecar/protocol';

const decoders = describeDecoders();
const parseGenerateOptions = (argument: unknown) => parse(argument, decoders);
const nothing = { kind: 'options', options: { condition: undefined, fields: {} } };

describe('the argument of ziparStudio.generate', () => {
  it('says what to draw and how', () => {
    expect(parseGenerateOptions({ prompt: 'a cat', seed: 7, greedy: true })).toEqual({
      kind: 'options',
      options: { condition: { kind: 'prompt', prompt: 'a cat' }, fields: { seed: 7, greedy: true } },
    });
  });

  it('can name a class or a caption file', () => {
    expect(parseGenerateOptions({ label: 0 })).toMatchObject({
      options: { condition: { kind: 'class', label: 0 } },
    });
    expect(parseGenerateOptions({ caption: '/c.safetensors' })).toMatchObject({
      options: { condition: { kind: 'caption', file: '/c.safetensors' } },
    });
  });

  it('may lack a prompt, so that the user is asked', () => {
    expect(parseGenerateOptions({ window: 2 })).toEqual({
      kind: 'options',
      options: { condition: undefined, fields: { decoderSettings: { window: 2 } } },
    });
  });

  it('can give any setting of the table of decoders, and nothing else', () => {
    expect(parseGenerateOptions({ window: 2, firstRow: 'sequential', decoder: 'zipar' })).toMatchObject({
      options: { fields: { decoder: 'zipar', decoderSettings: { window: 2, firstRow: 'sequential' } } },
    });
    expect(parseGenerateOptions({ window: '2' })).toMatchObject({ kind: 'wrong-type', expected: 'number' });
    expect(parse({ seed: 7, window: 2 }, [])).toEqual({ kind: 'unknown-option', name: 'window' });
  });

  it.each([undefined, null, 'text', 3, {}, { groupId: 0, editorIndex: 1 }])(
    '%j counts as no argument',
    (argument) => {
      expect(parseGenerateOptions(argument)).toEqual(nothing);
    },
  );

  it('is refused with a misspelt or wrong option', () => {
    expect(parseGenerateOptions({ prompt: 'a cat', sede: 7 })).toEqual({
      kind: 'unknown-option',
      name: 'sede',
    });
    expect(parseGenerateOptions({ prompt: 'a cat', seed: '7' })).toEqual({
      kind: 'wrong-type',
      name: 'seed',
      expected: 'number',
    });
  });
});

describe('a request', () => {
  const request = (
    session: SessionChoices,
    fields: Omit<GenerateRequest, 'condition'>,
    seed?: number,
  ): GenerateRequest =>
    buildRequest({
      condition: { kind: 'prompt', prompt: 'a cat' },
      model: '',
      textEncoder: '',
      settings: {
        decoder: 'zipar',
        decoderSettings: { window: 8 },
        ...(seed === undefined ? {} : { seed }),
      },
      session,
      fields,
      decoders,
      randomSeed: () => 99,
    });

  it('takes the settings, and a random seed where none is set', () => {
    expect(request({}, {})).toEqual({
      condition: { kind: 'prompt', prompt: 'a cat' },
      decoder: 'zipar',
      decoderSettings: { window: 8 },
      seed: 99,
    });
  });

  it('prefers the session to the settings and the argument to both', () => {
    const four = { decoderSettings: { window: 4 } };
    expect(request(four, {}).decoderSettings).toEqual({ window: 4 });
    expect(request(four, { decoderSettings: { window: 2 } }).decoderSettings).toEqual({ window: 2 });
  });

  it('has only the settings that its decoder has, and all that the argument gives', () => {
    const chosen = { decoder: 'raster', decoderSettings: { firstRow: 'sequential' } };
    expect(request(chosen, {}).decoderSettings).toEqual({});
    expect(request({}, { decoder: 'raster', decoderSettings: { window: 2 } }).decoderSettings).toEqual({
      window: 2,
    });
  });

  it('prefers a seed in the same order, and "random" of the session to a fixed one of the settings', () => {
    expect(request({}, {}, 1).seed).toBe(1);
    expect(request({ seed: 2 }, {}, 1).seed).toBe(2);
    expect(request({ seed: 'random' }, {}, 1).seed).toBe(99);
    expect(request({ seed: 'random' }, { seed: 0 }, 1).seed).toBe(0);
  });

  it('names a model and a text encoder only when one was chosen', () => {
    const parts = {
      condition: { kind: 'class', label: 1 },
      settings: { decoder: 'zipar' },
      session: {},
      fields: {},
      decoders,
      randomSeed: () => 0,
    } as const;
    const none = buildRequest({ ...parts, model: '', textEncoder: '' });
    expect(none).not.toHaveProperty('model');
    expect(none).not.toHaveProperty('textEncoder');
    expect(buildRequest({ ...parts, model: 'shapes', textEncoder: '/t5' })).toMatchObject({
      model: 'shapes',
      textEncoder: '/t5',
    });
  });

  it('has a suffix, a negative prompt and a grid only for a model that takes them', () => {
    const usual = { guidance: 1, temperature: 1, topK: 0, topP: 1, window: 2 };
    const summary: ModelSummary = {
      ...{ name: 'emu', folder: '/emu', grid: [90, 90], trainedGrids: [[90, 90]], imageSize: [720, 720] },
      ...{ condition: 'prompt', classes: 0, classNames: [], weightBytes: 1, examples: [], words: [] },
      ...{ suffix: ' masterpiece.', negative: 'lowres', defaults: usual },
    };
    const parts = {
      condition: { kind: 'prompt', prompt: 'a cat' },
      ...{ model: '', textEncoder: '' },
      settings: { decoder: 'zipar', suffix: '', negative: 'blur' },
      session: { grid: { model: 'emu', sides: [78, 104] }, negative: 'fog' },
      ...{ fields: {}, decoders, randomSeed: () => 0 },
    } as const;
    expect(buildRequest({ ...parts, summary })).toMatchObject({
      suffix: '',
      negative: 'fog',
      grid: [78, 104],
    });
    const other = buildRequest({ ...parts, summary: { ...summary, name: 'janus', negative: null } });
    expect(other).toMatchObject({ suffix: '' });
    expect(other).not.toHaveProperty('negative');
    expect(other).not.toHaveProperty('grid');
    const none = buildRequest({ ...parts, summary: { ...summary, suffix: null, negative: null } });
    expect(none).not.toHaveProperty('suffix');
  });
});
