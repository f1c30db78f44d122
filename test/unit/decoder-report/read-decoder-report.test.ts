import { describe, expect, it } from 'vitest';
import type { DecoderReport } from '../../../sidecar/decoder-report/decoder-report';
import { plotElement } from '../../../sidecar/decoder-report/quality-plot';
import { readDecoderReport } from '../../../sidecar/decoder-report/read-decoder-report';

const figures = { steps: 256, ms: 100, agreement: 1, nll: 2 };
const report: DecoderReport = {
  ...{ model: 'vista', images: 1, prompts: 'one prompt', guidance: 2, temperature: 1, topK: 0, topP: 1 },
  ...{ seed: 0, provider: 'cpu', precision: 'stored', machine: 'a machine', rasterSteps: 256 },
  rows: [
    { label: 'raster', series: 'raster', speedUp: 1, ...figures },
    {
      ...{ label: 'zipar 2', series: 'zipar', speedUp: 2, ...figures, steps: 46 },
      nllDifference: { mean: 0.1, low: 0, high: 0.2 },
    },
  ],
  fewestPassesWithoutLoss: { likelihood: 'zipar 2', accuracy: null },
  pictures: [
    { decoder: 'raster', number: 0, seed: 0, title: 'lake', file: 'pictures/raster-0.png', ...figures },
  ],
};

describe('the numbers of a comparison of decoders', () => {
  it('come back from their file', () => {
    expect(readDecoderReport(JSON.stringify(report))).toEqual(report);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a report of an earlier version, without pictures', JSON.stringify({ ...report, pictures: undefined })],
    ['a row without steps', JSON.stringify({ ...report, rows: [{ label: 'raster' }] })],
    ['a number that is a text', JSON.stringify({ ...report, images: '8' })],
  ])('are not read from %s', (_, json) => {
    expect(readDecoderReport(json)).toBeUndefined();
  });

  it.each(['../secret.png', 'pictures/../../x.png', '/etc/x.png', 'C:\\x.png', 'pictures//x.png'])(
    'name no picture outside their folder: %s',
    (file) => {
      const pictures = report.pictures.map((picture) => ({ ...picture, file }));
      expect(readDecoderReport(JSON.stringify({ ...report, pictures }))).toBeUndefined();
    },
  );
});

describe('the plot', () => {
  it('has the words of the reader, no colours of a ground, and no markup from labels', () => {
    const rows = report.rows.map((row) => ({ ...row, series: row.label === 'raster' ? 'raster' : '<b>' }));
    const plot = plotElement(rows, { likelihood: 'Verlust', accuracy: '', steps: 'Schritte' });
    expect(plot).toContain('>Verlust<');
    expect(plot).toContain('>Schritte<');
    expect(plot).not.toContain('<b>');
    expect(plot).not.toMatch(/#fff|#202020|<style>/);
  });
});
