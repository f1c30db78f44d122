import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nextDecoding, offeredValues, settingsToName } from '../../../extension/decoder-choices';
import { describeDecoders } from '../../../sidecar/decoding/decoder-table';
import type { DecoderSetting, IntegerSetting, ModelSummary } from '../../../sidecar/protocol';

const decoders = describeDecoders();

function model(width: number, window: number): ModelSummary {
  return {
    ...{ name: 'm', folder: '/m', imageSize: null, condition: 'class', classes: 1, classNames: [] },
    ...{ weightBytes: 1, examples: [], words: [], grid: [width, width] },
    ...{ trainedGrids: [], suffix: null, negative: null },
    defaults: { guidance: 1, temperature: 1, topK: 0, topP: 1, window },
  };
}

function settingOf(decoder: string, name: string): DecoderSetting {
  const found = decoders
    .find((each) => each.name === decoder)
    ?.settings.find((setting) => setting.name === name);
  if (!found) throw new Error(`${decoder} has no ${name}.`);
  return found;
}

describe('the values on offer', () => {
  it('are powers of two, the width and the model’s own, for a window', () => {
    const window = settingOf('zipar', 'window');
    expect(offeredValues(window, model(16, 4))).toEqual([1, 2, 4, 8, 16]);
    expect(offeredValues(window, model(24, 6))).toEqual([1, 2, 4, 6, 8, 16, 24]);
    expect(offeredValues(window, model(1, 1))).toEqual([1]);
  });

  it('are words first, and every named value of a choice', () => {
    const drafts: IntegerSetting = {
      ...{ kind: 'integer', name: 'drafts', label: 'Drafts', summary: 'Drafts.', changesSteps: true },
      ...{ low: 0, high: 5, words: [{ value: 'auto', summary: 'as the run tells' }], otherwise: 0 },
    };
    expect(offeredValues(drafts, undefined)).toEqual(['auto', 0, 1, 2, 4, 5]);
    expect(offeredValues(settingOf('zipar', 'firstRow'), undefined)).toEqual(['windowed', 'sequential']);
  });
});

describe('the decoder of the next images', () => {
  const settings = { decoder: 'zipar', decoderSettings: { window: 8 } };

  it('has the session’s choices before the settings, and no setting of another decoder', () => {
    const session = { decoderSettings: { firstRow: 'sequential' } };
    expect(nextDecoding(session, settings, decoders).choice).toEqual({
      decoder: 'zipar',
      settings: { window: 8, firstRow: 'sequential' },
    });
    expect(nextDecoding({ ...session, decoder: 'raster' }, settings, decoders).choice.settings).toEqual({});
  });

  it('is named with the window and with whatever is not the default', () => {
    const named = (session: object) =>
      settingsToName(nextDecoding(session, { decoder: 'zipar' }, decoders), model(16, 9)).map(
        ([{ name }, value]) => [name, value],
      );
    expect(named({})).toEqual([['window', 9]]);
    expect(named({ decoderSettings: { standIn: 'reference', firstRow: 'windowed' } })).toEqual([
      ['window', 9],
      ['standIn', 'reference'],
    ]);
    expect(named({ decoder: 'raster' })).toEqual([]);
  });
});

describe('the settings of VS Code', () => {
  interface Property {
    readonly enum?: readonly string[];
    readonly default: string | number | null;
    readonly pattern?: string;
    readonly minimum?: number;
    readonly maximum?: number;
  }
  const properties = async (): Promise<Readonly<Record<string, Property>>> => {
    const manifest = await readFile(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8');
    const { contributes } = JSON.parse(manifest) as {
      contributes: { configuration: readonly { properties: Readonly<Record<string, Property>> }[] };
    };
    return Object.assign({}, ...contributes.configuration.map((each) => each.properties)) as Record<
      string,
      Property
    >;
  };

  it('offer only decoders of the table', async () => {
    const decoder = (await properties())['ziparStudio.decoder'];
    const names = decoders.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...(decoder?.enum ?? [])]));
    expect(decoder?.enum).toContain(decoder?.default);
  });

  it('let a lookahead be none, any that the table allows, or the word', async () => {
    const lookahead = (await properties())['ziparStudio.lookahead'];
    const { low, high, otherwise, words } = settingOf('raster', 'lookahead') as IntegerSetting;
    expect({ low, high, otherwise }).toEqual({ low: 0, high: 'grid-width', otherwise: 0 });
    expect(words?.map(({ value }) => value)).toEqual(['auto']);
    const allowed = new RegExp(lookahead?.pattern ?? '');
    for (const text of ['0', '8', '4096', 'auto']) expect(text).toMatch(allowed);
    for (const text of ['-1', 'fast', '8.5', '']) expect(text).not.toMatch(allowed);
    expect(lookahead).toMatchObject({ default: '0' });
  });

  it('let a window be any that the table allows; null is the model’s own', async () => {
    const window = (await properties())['ziparStudio.window'];
    const { low, high, otherwise } = settingOf('zipar', 'window') as IntegerSetting;
    expect({ low, high, otherwise }).toEqual({ low: 1, high: 'grid-width', otherwise: 'model-window' });
    expect(window).toMatchObject({ default: null, minimum: 1 });
  });
});
