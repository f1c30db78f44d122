import { describe, expect, it } from 'vitest';
import { describeDecoders } from '../../../sidecar/decoding/decoder-table';
import { generationText } from '../../../sidecar/image/generation-metadata';
import { encodePng } from '../../../sidecar/image/png';
import { pngSummary } from '../../../sidecar/trace-file/png-summary';
import type { RunRecord } from '../../../sidecar/trace-file/run-record';
import { requestOf, summaryOf } from '../../../sidecar/trace-file/run-summary';
import { TraceFileError } from '../../../sidecar/trace-file/trace-file-error';
import { sampleRecord } from './random-records';

const COMPLETE: RunRecord = sampleRecord({ state: 'complete' });

function pngOf(record: RunRecord): Uint8Array {
  return encodePng(new Uint8Array(3 * 40 * 40), 40, 40, generationText(record));
}

describe('the summary of a run', () => {
  it('is the same from the metadata of its picture and from its trace', () => {
    for (const prompt of ['snow', 'Föhn', '月 over the sea']) {
      const settings = { ...COMPLETE.run.settings, condition: { kind: 'prompt', prompt } as const };
      const record = { ...COMPLETE, run: { ...COMPLETE.run, settings } };
      expect(pngSummary(pngOf(record))).toEqual(summaryOf(record));
    }
  });

  it('is read from the first bytes of a file', () => {
    const png = pngOf(COMPLETE);
    const pixels = Buffer.from(png).indexOf('IDAT');
    expect(pngSummary(png.subarray(0, pixels + 10))).toEqual(summaryOf(COMPLETE));
    expect(pngSummary(png.subarray(0, 40))).toBeUndefined();
  });

  it('is read from a picture of the first version, which does not name its noise', () => {
    const old = {
      ...{ format: 'zipar-studio', version: '0.1.0', model: 'vista-32', prompt: 'sea', seed: 7 },
      ...{ decoder: 'zipar', window: 4, firstRow: 'windowed', standIn: 'nearest', guidance: 2 },
      ...{ temperature: 1, topK: 0, topP: 1, greedy: false, steps: 76, rasterSteps: 256 },
      ...{ provider: 'cpu', precision: 'stored', grid: [16, 16] },
    };
    const png = encodePng(Uint8Array.of(1, 2, 3), 1, 1, [['zipar', JSON.stringify(old)]]);
    expect(pngSummary(png)).toMatchObject({
      decoderSettings: { window: 4, firstRow: 'windowed', standIn: 'nearest' },
      noise: 1,
      weights: null,
      madeAt: undefined,
    });
  });

  it('is none for a picture of another program, and an error for a damaged one', () => {
    const png = (text: string): Uint8Array => encodePng(Uint8Array.of(1, 2, 3), 1, 1, [['zipar', text]]);
    expect(pngSummary(encodePng(Uint8Array.of(1, 2, 3), 1, 1))).toBeUndefined();
    expect(pngSummary(png('{"format":"other"}'))).toBeUndefined();
    for (const text of ['{', '[]', '{"format":"zipar-studio","seed":-1}'])
      expect(() => pngSummary(png(text)), text).toThrow(TraceFileError);
  });
});

describe('the request that makes a run again', () => {
  it('has the settings that its decoder has, and not the values that its record only states', () => {
    const summary = summaryOf(COMPLETE);
    const raster = { ...summary, decoder: 'raster', decoderSettings: { window: 16, standIn: 'nearest' } };
    expect(requestOf(raster, describeDecoders()).decoderSettings).toEqual({});
    const zipar = { ...summary, decoder: 'zipar', decoderSettings: { window: 3, standIn: 'nearest' } };
    expect(requestOf(zipar, describeDecoders())).toMatchObject({
      decoder: 'zipar',
      decoderSettings: { window: 3, standIn: 'nearest' },
      seed: summary.seed,
    });
  });
});
