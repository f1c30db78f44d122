import { describe, expect, it } from 'vitest';
import { bytesIn, DRAWN, endingOf, formsOf, isDrawn, nameIn } from '../../../extension/run-form';
import { encodePng, readPngText } from '../../../sidecar/image/png';
import { pngTrace } from '../../../sidecar/trace-file/png-trace';
import { encodeTrace, readTraceFile, ziparFile } from '../../../sidecar/trace-file/trace-file';
import { decodeRgbPng } from '../image/png-decoder';
import { sampleRecord } from '../trace-file/random-records';

const record = sampleRecord();
const RGB = Uint8Array.of(1, 2, 3, 4, 5, 6);

async function picture() {
  return { record, bytes: encodePng(RGB, 2, 1, [['zipar', '{"prompt":"dusk"}']], await encodeTrace(record)) };
}
async function traceAlone() {
  return { record, bytes: ziparFile(await encodeTrace(record)) };
}

describe('the forms of a run', () => {
  it('are those of its picture, and those of its trace; a .zipar file has no picture', async () => {
    const data = ['trace', 'json', 'npz', 'schedule', 'dark-schedule'];
    const drawn = ['animation', 'video', 'view'];
    expect(formsOf(await picture())).toEqual([
      'picture',
      'plain-picture',
      ...drawn,
      'picture-animation',
      ...data,
    ]);
    expect(formsOf(await traceAlone())).toEqual([...drawn, ...data]);
  });

  it('name files after the run, and never as the picture itself', async () => {
    const names = formsOf(await picture()).map((form) => nameIn(form, '/w/my.pictures/boat.1.png'));
    expect(names).toEqual([
      '/w/my.pictures/boat.1-copy.png',
      '/w/my.pictures/boat.1-plain.png',
      '/w/my.pictures/boat.1-steps.png',
      '/w/my.pictures/boat.1-steps.webm',
      '/w/my.pictures/boat.1-view.png',
      '/w/my.pictures/boat.1-picture-steps.png',
      '/w/my.pictures/boat.1.zipar',
      '/w/my.pictures/boat.1.json',
      '/w/my.pictures/boat.1.npz',
      '/w/my.pictures/boat.1.svg',
      '/w/my.pictures/boat.1-dark.svg',
    ]);
    expect(nameIn('json', '/w/my.pictures/boat')).toBe('/w/my.pictures/boat.json');
    expect(endingOf('plain-picture')).toBe('png');
  });
});

describe('an exported run', () => {
  it('is the same file, as a picture with its trace', async () => {
    const document = await picture();
    expect(await bytesIn('picture', document)).toEqual(document.bytes);
  });

  it('has the same pixels and metadata and no trace, as a plain picture', async () => {
    const plain = await bytesIn('plain-picture', await picture());
    expect(pngTrace(plain)).toBeUndefined();
    expect(decodeRgbPng(plain).rgb).toEqual(RGB);
    expect(readPngText(plain).get('zipar')).toBe('{"prompt":"dusk"}');
  });

  it('comes back from a trace without anything missing', async () => {
    for (const document of [await picture(), await traceAlone()])
      expect(await readTraceFile(await bytesIn('trace', document))).toEqual(record);
  });

  it('has every token and step, as JSON', async () => {
    const json = JSON.parse(new TextDecoder().decode(await bytesIn('json', await picture()))) as object;
    expect(json).toMatchObject({
      ...{ model: record.run.settings.model, seed: record.run.settings.seed, grid: record.run.grid },
      tokens: [...record.snapshot.tokens],
      stepOf: [...record.snapshot.stepOf],
    });
  });

  it('is drawn by a page, as an animation and as a view', async () => {
    expect(
      formsOf(await picture())
        .filter(isDrawn)
        .map((form) => DRAWN[form]),
    ).toEqual([
      { kind: 'animation', file: 'png', grid: true },
      { kind: 'animation', file: 'webm', grid: true },
      { kind: 'view' },
      { kind: 'animation', file: 'png', grid: false },
    ]);
  });

  it('is a figure of its schedule', async () => {
    const svg = new TextDecoder().decode(await bytesIn('schedule', await picture()));
    expect(svg.match(/<rect /g)).toHaveLength(record.snapshot.stepOf.length);
  });
});
