import { describe, expect, it } from 'vitest';
import { version } from '../../../package.json';
import { describeRunDecoder } from '../../../sidecar/decoding/decoder-table';
import { generationText } from '../../../sidecar/image/generation-metadata';
import type { Condition, RunDescription, RunSettings } from '../../../sidecar/protocol';

const settings: RunSettings = {
  model: 'vista-32',
  provider: 'cpu',
  precision: 'stored',
  condition: { kind: 'prompt', prompt: 'a boat at dusk' },
  decoder: 'zipar',
  decoderSettings: { window: 4, firstRow: 'windowed', standIn: 'nearest' },
  seed: 7,
  guidance: 2,
  temperature: 1,
  topK: 100,
  topP: 1,
  greedy: false,
};

function texts(
  change: Partial<RunSettings> = {},
  notices: readonly string[] = [],
): { parameters: string; zipar: unknown } {
  const run: RunDescription = {
    runId: 1,
    settings: { ...settings, ...change },
    execution: { device: null, memoryBytes: null, reason: '' },
    decoder: describeRunDecoder(
      { decoder: change.decoder ?? settings.decoder, settings: settings.decoderSettings },
      { height: 8, width: 16 },
    ),
    grid: [8, 16],
    leastSteps: 44,
    mostSteps: 44,
    rasterSteps: 128,
    patch: 8,
    state: 'complete',
  };
  const origin = { program: '', madeAt: Date.UTC(2026, 4, 3, 2, 1), noise: 5, weights: 'abc' };
  const [parameters, zipar] = generationText({ run, origin, ties: 2, notices, snapshot: { step: 44 } });
  expect([parameters?.[0], zipar?.[0]]).toEqual(['parameters', 'zipar']);
  return { parameters: parameters?.[1] ?? '', zipar: JSON.parse(zipar?.[1] ?? '') };
}

/**
 * Reads parameters like `parse_generation_parameters` of AUTOMATIC1111's web UI. Other readers take the first line of settings.
 */
function readParameters(text: string): { prompt: string; negative: string; settings: string } {
  const lines = text.trim().split('\n');
  const settings = lines.findIndex((line) => line.startsWith('Steps: '));
  const prompts = lines.slice(0, settings).map((line) => line.trim());
  const negative = prompts.findIndex((line) => line.startsWith('Negative prompt:'));
  const end = negative < 0 ? prompts.length : negative;
  return {
    prompt: prompts.slice(0, end).join('\n'),
    negative: prompts.slice(end).join('\n'),
    settings: lines[settings] ?? '',
  };
}

describe('parameters', () => {
  it('has the prompt on the first line and the settings on the last', () => {
    expect(texts().parameters).toBe(
      'a boat at dusk\n' +
        'Steps: 44, Sampler: ZipAR (window 4), CFG scale: 2, Seed: 7, Size: 128x64, Model: vista-32, ' +
        'Temperature: 1, Top-k: 100, Top-p: 1, First row: windowed, Stand-in: nearest, ' +
        `Raster steps: 128, Grid: 16x8, Provider: cpu, Version: ZipAR Studio ${version}`,
    );
  });

  it('says what raster order and greedy decoding leave out', () => {
    const { parameters } = texts({ decoder: 'raster', greedy: true });
    expect(parameters).toContain('Sampler: Raster order');
    expect(parameters).toContain('Greedy: true');
    expect(parameters).not.toMatch(/Temperature|Stand-in/);
  });

  it('says that the window is the least one when rows may wait', () => {
    const { parameters, zipar } = texts({ decoder: 'zipar-adaptive' });
    expect(parameters).toContain('Sampler: ZipAR adaptive (window 4 or more), CFG');
    expect(parameters).toContain('First row: windowed, Stand-in: nearest');
    expect(zipar).toMatchObject({ decoder: 'zipar-adaptive', window: 4 });
  });

  it('says what the program told the user, without the folders of the maker', () => {
    const { zipar } = texts({}, [
      'This model does not know “mountan”; it was left out.',
      'no /home/ada/x.pt',
    ]);
    expect(zipar).toMatchObject({
      notices: ['This model does not know “mountan”; it was left out.', 'no x.pt'],
    });
    expect(texts().zipar).not.toHaveProperty('notices');
  });

  it('names the noise, and counts draws that rounding may decide otherwise', () => {
    expect(texts().zipar).toMatchObject({ noise: 5, steps: 44, ties: 2 });
  });

  it('says in which precision the weights were, unless as stored', () => {
    expect(texts({ precision: 'int4' }).parameters).toContain('Provider: cpu, Precision: int4, Version');
    expect(texts().parameters).not.toContain('Precision');
  });

  it('cannot be forged by a prompt or a model name', () => {
    const { parameters } = texts({
      condition: { kind: 'prompt', prompt: 'sea\nSteps: 1,\0 Seed: 2' },
      model: 'a, Seed: 3',
    });
    const [prompt, values, ...more] = parameters.split('\n');
    expect(prompt).toBe('sea Steps: 1, Seed: 2');
    expect(values).toContain('Model: "a, Seed: 3"');
    expect(more).toEqual([]);
  });

  it.each([
    'Negative prompt: snow',
    ' Negative prompt:',
    'a house\nNegative prompt: snow',
    '\u00a0\ufeffNegative prompt: snow',
    'Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1',
    'a house\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1\n',
    'a house\\',
    '"quoted", \\n',
  ])('is read back as the prompt: %j', (prompt) => {
    const { parameters, zipar } = texts({ condition: { kind: 'prompt', prompt } });
    const read = readParameters(parameters);
    expect(read.negative).toBe('');
    expect(read.prompt.replaceAll('\u200b', '')).toBe(prompt.replace(/\s+/g, ' ').trim());
    expect(read.settings).toMatch(/^Steps: 44, Sampler: ZipAR/);
    expect(zipar).toMatchObject({ prompt });
  });

  it('calls a class by its name where it has one', () => {
    const { parameters, zipar } = texts({
      condition: { kind: 'class', label: 207 },
      className: 'golden retriever',
    });
    expect(parameters.split('\n')[0]).toBe('class 207, golden retriever');
    expect(zipar).toMatchObject({ class: 207, className: 'golden retriever' });
  });

  it('has the suffix and the negative prompt that were asked for', () => {
    expect(texts({ suffix: ' at night', negative: 'rain' }).zipar).toMatchObject({
      suffix: ' at night',
      negative: 'rain',
    });
    expect(texts({}).zipar).not.toHaveProperty('suffix');
  });

  it.each<[Condition, string]>([
    [{ kind: 'class', label: 207 }, 'class 207'],
    [{ kind: 'caption', file: '/home/ada/captions/boat.safetensors' }, 'caption boat.safetensors'],
    [{ kind: 'caption', file: 'C:\\Users\\ada\\boat.safetensors' }, 'caption boat.safetensors'],
  ])('names the condition %o as "%s"', (condition, line) => {
    expect(texts({ condition }).parameters.split('\n')[0]).toBe(line);
  });
});

describe('zipar', () => {
  it('has everything that is needed to make the picture again', () => {
    expect(texts().zipar).toEqual({
      format: 'zipar-studio',
      version,
      model: 'vista-32',
      prompt: 'a boat at dusk',
      seed: 7,
      decoder: 'zipar',
      window: 4,
      firstRow: 'windowed',
      standIn: 'nearest',
      guidance: 2,
      temperature: 1,
      topK: 100,
      topP: 1,
      greedy: false,
      provider: 'cpu',
      precision: 'stored',
      steps: 44,
      rasterSteps: 128,
      grid: [8, 16],
      noise: 5,
      ties: 2,
      weights: 'abc',
      created: '2026-05-03T02:01:00.000Z',
    });
  });

  it('names class and caption file, without its folder', () => {
    expect(texts({ condition: { kind: 'class', label: 3 } }).zipar).toMatchObject({ class: 3 });
    expect(texts({ condition: { kind: 'caption', file: '/home/ada/boat.safetensors' } }).zipar).toMatchObject(
      { caption: 'boat.safetensors' },
    );
  });
});
