import { describe, expect, it } from 'vitest';
import {
  chooseDecoding,
  configureDecoder,
  DecoderError,
  describeDecoders,
  describeRunDecoder,
} from '../../../sidecar/decoding/decoder-table';

const CONTEXT = { grid: { height: 3, width: 16 }, modelWindow: 9 };

describe('the table of decoders', () => {
  it('describes each with the settings that it has', () => {
    expect(describeDecoders().map(({ name, settings }) => [name, settings.map((each) => each.name)])).toEqual(
      [
        ['raster', ['lookahead']],
        ['zipar', ['window', 'firstRow', 'standIn', 'lookahead']],
        ['zipar-adaptive', ['window', 'firstRow', 'standIn']],
        ['scd', ['draftWindow', 'coupling']],
        ['pjd', ['context', 'draftWindow']],
      ],
    );
  });

  it('fills in defaults: the model’s own window, and the paper’s choices', () => {
    expect(chooseDecoding('zipar', {}, CONTEXT).settings).toEqual({
      window: 9,
      firstRow: 'windowed',
      standIn: 'nearest',
      lookahead: 0,
    });
  });

  it('lowers a default that a small grid has no room for, but refuses such a value', () => {
    const narrow = { grid: { height: 3, width: 2 }, modelWindow: 2 };
    expect(chooseDecoding('pjd', {}, narrow).settings).toEqual({ context: 2, draftWindow: 8 });
    expect(() => chooseDecoding('pjd', { context: 4 }, narrow)).toThrow('Context 4 is outside 1..2');
  });

  it('agrees on each setting that several decoders have, since they share one option of the command line', () => {
    const kinds = new Map<string, object>();
    for (const setting of describeDecoders().flatMap(({ settings }) => settings)) {
      const values = setting.kind === 'choice' ? setting.choices : setting.words;
      const shape = { kind: setting.kind, values, changesSteps: setting.changesSteps, sign: setting.sign };
      expect(kinds.get(setting.name) ?? shape).toEqual(shape);
      kinds.set(setting.name, shape);
    }
  });

  it('has no more than one setting for each sign of a decoder', () => {
    for (const { settings } of describeDecoders()) {
      const signs = settings.flatMap(({ sign }) => sign ?? []);
      expect(new Set(signs).size).toBe(signs.length);
    }
  });

  it('records raster order as the window that it equals, whatever window is given', () => {
    const choice = chooseDecoding('raster', { window: 4 }, CONTEXT);
    expect(choice.settings).toEqual({
      window: 16,
      firstRow: 'windowed',
      standIn: 'nearest',
      lookahead: 0,
    });
    expect(configureDecoder(choice).steps(CONTEXT.grid)).toEqual({ least: 48, most: 48, mostTokens: 1 });
  });

  it.each([
    ['zipar', { window: 17 }, 'Window 17 is outside 1..16, the width of the token grid'],
    ['zipar', { window: 0 }, 'Window 0 is outside 1..16'],
    ['zipar', { window: 2.5 }, 'Window 2.5 is outside 1..16'],
    ['zipar', { window: '4' }, 'Window 4 is outside 1..16'],
    ['zipar-adaptive', { window: NaN }, 'Least window NaN is outside 1..16'],
    ['zipar', { firstRow: 'late' }, 'First row "late" is none of windowed, sequential'],
    [
      'zipar',
      { window: 4, drafts: 8 },
      'ZipAR has no setting "drafts"; leave it out. Its settings are window,',
    ],
    [
      'raster',
      { drafts: 8 },
      'Raster order has no setting "drafts"; leave it out. Its settings are lookahead.',
    ],
    ['speculative', {}, 'There is no decoder "speculative"; choose one of raster, zipar, zipar-adaptive'],
  ])('refuses %s with %j', (name, given, message) => {
    expect(() => chooseDecoding(name, given, CONTEXT)).toThrow(DecoderError);
    expect(() => chooseDecoding(name, given, CONTEXT)).toThrow(message);
  });

  it('says for people how a run was decoded', () => {
    const described = (name: string) =>
      describeRunDecoder(chooseDecoding(name, { window: 4 }, CONTEXT), CONTEXT.grid);
    expect(described('raster')).toMatchObject({ label: 'Raster order', detail: '', choices: [] });
    expect(described('zipar')).toMatchObject({ label: 'ZipAR', detail: 'window 4', events: [] });
    expect(described('zipar-adaptive')).toEqual({
      label: 'ZipAR adaptive',
      detail: 'window 4 or more',
      choices: [
        { label: 'First row', value: 'windowed' },
        { label: 'Stand-in', value: 'nearest' },
      ],
      mostTokens: 3,
      events: ['judged'],
    });
  });
});
