import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { chooseDecoding, describeRunDecoder } from '../../../sidecar/decoding/decoder-table';
import type { DecoderSettings, RunDescription } from '../../../sidecar/protocol';
import { useLanguage } from '../../../webview/l10n';
import { settingsText } from '../../../webview/run-text';
import { runOf } from './synthetic-run';

const GERMAN = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>;
const GRID = { height: 16, width: 16 };

afterEach(() => {
  useLanguage('en', {});
});

function withDetail(label: string, detail: string): RunDescription {
  const { run } = runOf([[1]]);
  return { ...run, decoder: { ...run.decoder, label, detail } };
}

function decodedBy(decoder: string, settings: DecoderSettings): RunDescription {
  const choice = chooseDecoding(decoder, settings, { grid: GRID, modelWindow: 9 });
  return withDetail('ZipAR', describeRunDecoder(choice, GRID).detail);
}

it.each([
  ['zipar', { window: 4 }, 'ZipAR, window 4', 'ZipAR, Fenster 4'],
  ['zipar', { window: 9, lookahead: 8 }, 'ZipAR, window 9, lookahead 8', 'ZipAR, Fenster 9, Vorausschau 8'],
  ['raster', { lookahead: 'auto' }, 'ZipAR, lookahead auto', 'ZipAR, Vorausschau auto'],
  ['zipar-adaptive', { window: 4 }, 'ZipAR, window 4 or more', 'ZipAR, Fenster 4 oder mehr'],
  ['scd', { draftWindow: 5 }, 'ZipAR, draft window 5', 'ZipAR, Entwurfsfenster 5'],
  [
    'pjd',
    { context: 2, draftWindow: 6 },
    'ZipAR, context 2, draft window 6',
    'ZipAR, Kontext 2, Entwurfsfenster 6',
  ],
] as const)('tells the settings of %s in English and in German', (decoder, settings, english, german) => {
  const run = decodedBy(decoder, settings);
  expect(settingsText(run)).toContain(english);
  useLanguage('de', GERMAN);
  expect(settingsText(run)).toContain(german);
});

it('leaves settings that it does not know as they are', () => {
  useLanguage('de', GERMAN);
  expect(settingsText(withDetail('Another', 'speed 3, calm'))).toContain('Another, speed 3, calm');
});
