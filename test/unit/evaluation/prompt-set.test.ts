import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EvaluationError } from '../../../sidecar/evaluation/evaluation-error';
import { everyDecoder, parseDecoders } from '../../../sidecar/evaluation/evaluated-decoder';
import { holds, readPromptSet } from '../../../sidecar/evaluation/prompt-set';

const folder = mkdtempSync(join(tmpdir(), 'zipar-prompts-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function promptFile(prompts: unknown, more: object = {}): string {
  const file = join(folder, 'prompts.json');
  writeFileSync(file, JSON.stringify({ format: 'zipar-prompts', version: 1, prompts, ...more }));
  return file;
}

describe('a prompt set', () => {
  it('holds words, classes and captions, with groups and expectations', async () => {
    const file = promptFile([
      { prompt: 'sea at dusk', group: 'seen', expect: [{ rate: 'time', all: [['time', 'is', 'dusk']] }] },
      { class: 3 },
      { caption: 'a.safetensors' },
    ]);
    expect(await readPromptSet(file)).toEqual([
      {
        condition: { kind: 'prompt', prompt: 'sea at dusk' },
        group: 'seen',
        expectations: [{ rate: 'time', all: [{ attribute: 'time', relation: 'is', value: 'dusk' }] }],
      },
      { condition: { kind: 'class', label: 3 }, group: '', expectations: [] },
      { condition: { kind: 'caption', file: 'a.safetensors' }, group: '', expectations: [] },
    ]);
  });

  it.each([
    ['no entry', []],
    ['no condition', [{ group: 'seen' }]],
    ['two conditions', [{ prompt: 'sea', class: 3 }]],
    ['a negative class', [{ class: -1 }]],
    ['an unknown relation', [{ prompt: 'sea', expect: [{ rate: 'time', all: [['time', 'was', 'dusk']] }] }]],
    ['an expectation that is no object', [{ prompt: 'sea', expect: ['time'] }]],
    ['no list', 'sea'],
  ])('with %s is refused in one sentence that names the file', async (_, prompts) => {
    const file = promptFile(prompts);
    await expect(readPromptSet(file)).rejects.toThrow(EvaluationError);
    await expect(readPromptSet(file)).rejects.toThrow(file);
  });

  it('is refused with the place of what is wrong', async () => {
    const all = [['time', 'was', 'dusk']];
    const file = promptFile([{ class: 1 }, { prompt: 'sea', expect: [{ rate: 'time', all }] }]);
    await expect(readPromptSet(file)).rejects.toThrow(
      '"prompts[1].expect[0].all" must be a list of [attribute',
    );
  });

  it('of another format, damaged or missing is refused', async () => {
    await expect(readPromptSet(promptFile([{ class: 1 }], { version: 2 }))).rejects.toThrow(EvaluationError);
    const damaged = join(folder, 'damaged.json');
    writeFileSync(damaged, '{"format": "zipar-prom');
    await expect(readPromptSet(damaged)).rejects.toThrow(EvaluationError);
    await expect(readPromptSet(join(folder, 'none.json'))).rejects.toThrow(EvaluationError);
  });

  it('knows when an expectation is met', () => {
    const seen = new Map([
      ['boat place', 'left'],
      ['time', 'dusk'],
    ]);
    const met = (...all: [string, 'is' | 'is not', string][]) =>
      holds(
        { rate: '', all: all.map(([attribute, relation, value]) => ({ attribute, relation, value })) },
        seen,
      );
    expect(met(['time', 'is', 'dusk'])).toBe(true);
    expect(met(['time', 'is', 'day'])).toBe(false);
    expect(met(['boat place', 'is not', 'none'])).toBe(true);
    expect(met(['boat place', 'is not', 'left'])).toBe(false);
    expect(met(['time', 'is', 'dusk'], ['boat place', 'is', 'right'])).toBe(false);
    expect(met()).toBe(true);
  });
});

describe('a list of decoders', () => {
  it('always begins with raster order, each row once', () => {
    const labels = parseDecoders('zipar:8,4,8 raster zipar-adaptive:2', 16).map(({ label }) => label);
    expect(labels).toEqual(['raster', 'zipar 8', 'zipar 4', 'zipar-adaptive 2']);
  });

  it('may give a lookahead or a draft window after a plus, alone or with windows', () => {
    const rows = parseDecoders('raster+8 zipar:9,4+8 zipar:9+4,2 scd scd+32 pjd:4 pjd:4+16', 16);
    expect(rows.map(({ label, series }) => [label, series])).toEqual([
      ['raster', 'raster'],
      ['raster+8', 'raster+8'],
      ['zipar 9+8', 'zipar+8'],
      ['zipar 4+8', 'zipar+8'],
      ['zipar 9+4', 'zipar+4'],
      ['zipar 9+2', 'zipar+2'],
      ['scd', 'scd'],
      ['scd+32', 'scd+32'],
      ['pjd 4', 'pjd'],
      ['pjd 4+16', 'pjd+16'],
    ]);
    expect(rows[2]?.settings).toEqual({ window: 9, lookahead: 8 });
    expect(() => parseDecoders('raster+17', 16)).toThrow(/"raster\+17": Lookahead 17 is outside 0\.\.16/);
  });

  it('is every decoder by default, with windows that halve', () => {
    expect(everyDecoder(16)).toBe('zipar:8,4,2,1 zipar-adaptive:8,4,2,1 scd pjd:8,4,2,1');
    expect(everyDecoder(1)).toBe('scd');
  });

  it.each([
    'zipar',
    'raster:4',
    'zipar:',
    'zipar:4,',
    'spiral:4',
    'zipar:4;8',
    'zipar:-1',
    'zipar:4:8',
    'zipar-adaptive:4+4',
  ])('does not take %j', (text) => {
    expect(() => parseDecoders(text, 16)).toThrow(EvaluationError);
  });

  it.each(['zipar:0', 'zipar:17'])('does not take %j on a grid 16 wide', (text) => {
    expect(() => parseDecoders(text, 16)).toThrow(/outside 1\.\.16/);
  });
});
