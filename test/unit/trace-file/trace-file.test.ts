import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputsBefore, RasterLayout, type SequenceLayout } from '../../../sidecar/decoding/sequence-layout';
import type { GridShape } from '../../../sidecar/decoding/token-grid';
import { encodePng, readPngText } from '../../../sidecar/image/png';
import { deflate } from '../../../sidecar/trace-file/deflate';
import { joined } from '../../../sidecar/trace-file/joined-bytes';
import { withoutPngTrace } from '../../../sidecar/trace-file/png-trace';
import type { RunRecord } from '../../../sidecar/trace-file/run-record';
import { decodeTrace, encodeTrace, readTraceFile, ziparFile } from '../../../sidecar/trace-file/trace-file';
import { TraceFileError } from '../../../sidecar/trace-file/trace-file-error';
import { decodeRgbPng } from '../image/png-decoder';
import { records, sampleRecord } from './random-records';

const record = sampleRecord();

/** A trace with another body: the description as JSON, then columns. */
async function traceOf(description: unknown, columns: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
  const json = new TextEncoder().encode(JSON.stringify(description));
  const body = joined([words(json.length), json, columns]);
  return joined([words(1, body.length), await deflate(body)]);
}

/** A run in raster order, with random tokens. */
function rasterRun(grid: GridShape, layout: SequenceLayout): RunRecord {
  const cells = grid.height * grid.width;
  const random = fc.array(fc.nat(8191), { minLength: cells, maxLength: cells });
  const [tokens = []] = fc.sample(random, { seed: 3, numRuns: 1 });
  const order = Array.from(tokens.keys());
  return {
    ...record,
    run: { ...record.run, grid: [grid.height, grid.width], rasterSteps: cells },
    snapshot: {
      ...{ runId: 0, step: cells, leastSteps: cells, ...grid, decided: Uint32Array.of(cells - 1) },
      tokens: Int32Array.from(tokens),
      stepOf: Int32Array.from(order, (cell) => cell + 1),
      stepMs: new Float32Array(cells),
      ...{ tracks: [], events: [] },
    },
    fed: order.map((cell) => (cell === 0 ? [] : inputsBefore(layout, cell, (before) => tokens[before] ?? 0))),
  };
}

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return new Uint8Array(view.buffer);
}

describe('a trace', () => {
  it('comes back as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (written) => {
        expect(await decodeTrace(await encodeTrace(written))).toEqual(written);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('comes back from a .zipar file and from a PNG, whose picture and texts stay readable', async () => {
    const trace = await encodeTrace(record);
    expect(await readTraceFile(ziparFile(trace))).toEqual(record);
    const rgb = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const png = encodePng(rgb, 2, 1, [['zipar', '{}']], trace);
    expect(await readTraceFile(png)).toEqual(record);
    expect(decodeRgbPng(png).rgb).toEqual(rgb);
    expect(readPngText(png).get('zipar')).toBe('{}');
  });

  it('rounds probabilities to 16 bits', async () => {
    const [track] = record.snapshot.tracks;
    if (!track) throw new Error('The sample has no track.');
    const values = track.values.map(() => 0.123456789);
    const rounded = await decodeTrace(
      await encodeTrace({ ...record, snapshot: { ...record.snapshot, tracks: [{ ...track, values }] } }),
    );
    expect(rounded.snapshot.tracks[0]?.values[0]).toBeCloseTo(0.123456789, 4);
    expect(rounded.snapshot.tracks[0]?.values[0]).not.toBe(values[0]);
  });

  it.each([
    ['no row terminators', { after: 'no-row' } as const],
    ['a terminator after each row', { after: 'each-row', token: 9000 } as const],
    ['a terminator after each row but the last', { after: 'each-row-but-the-last', token: 9000 } as const],
  ])('takes few bytes for what its steps were fed: %s', async (_, terminators) => {
    const grid = { height: 24, width: 24 };
    const layout = new RasterLayout(grid, terminators);
    const run = rasterRun(grid, layout);
    const [whole, unfed] = [await encodeTrace(run), await encodeTrace({ ...run, fed: [] })];
    expect(whole.length - unfed.length).toBeLessThan(grid.height * grid.width * 0.3);
    expect(await decodeTrace(whole)).toEqual(run);
  });

  it('holds no folder of its maker', async () => {
    const written: RunRecord = {
      ...record,
      run: {
        ...record.run,
        execution: { device: 'GPU of Ada', memoryBytes: 1, reason: '/home/ada' },
        settings: {
          ...record.run.settings,
          condition: { kind: 'caption', file: 'C:\\Users\\ada\\boat.safetensors' },
        },
      },
      notices: ['/home/ada/flan/config.json is old, 3/4 of it.', 'C:\\Users\\ada\\x.pt and and/or.'],
      error: { code: 'model-invalid', message: 'Cannot read “/home/ada/boat.pt”: damaged.' },
    };
    const read = await decodeTrace(await encodeTrace(written));
    expect(JSON.stringify(read)).not.toMatch(/ada/i);
    expect(read.run.settings.condition).toEqual({ kind: 'caption', file: 'boat.safetensors' });
    expect(read.notices).toEqual(['config.json is old, 3/4 of it.', 'x.pt and and/or.']);
    expect(read.error?.message).toBe('Cannot read “boat.pt”: damaged.');
  });

  it('can be taken out of a PNG, which is then as it was without', async () => {
    const texts = [['zipar', '{}']] as const;
    const png = encodePng(Uint8Array.of(1, 2, 3), 1, 1, texts, await encodeTrace(record));
    const plain = withoutPngTrace(png);
    expect(plain).toEqual(Uint8Array.from(encodePng(Uint8Array.of(1, 2, 3), 1, 1, texts)));
    expect(await readTraceFile(plain)).toBeUndefined();
  });
});

describe('a file that is not trusted', () => {
  it('is read or refused with a TraceFileError, never anything else', async () => {
    const damaged = records.chain((each) =>
      fc.record({
        each: fc.constant(each),
        edits: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        length: fc.double({ min: 0.5, max: 1, noNaN: true }),
        inside: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(damaged, async ({ each, edits, length, inside }) => {
        const edit = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
          const copy = bytes.slice(0, Math.ceil(length * bytes.length));
          for (const [at, value] of edits) copy[Math.floor(at * (copy.length - 1))] = value;
          return copy;
        };
        const trace = await encodeTrace(each);
        const bytes = inside ? await damagedInside(trace, edit) : edit(trace);
        await expectReadOrRefused(() => decodeTrace(bytes));
      }),
      { seed: 2, numRuns: 400 },
    );
  });

  it('of any bytes is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await expectReadOrRefused(() => readTraceFile(bytes));
        await expectReadOrRefused(() => readTraceFile(ziparFile(bytes)));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('that ends in the middle is refused', async () => {
    const png = encodePng(Uint8Array.of(1, 2, 3), 1, 1, [], await encodeTrace(record));
    for (let length = 0; length < png.length; length += 7)
      await expectRefused(() => readTraceFile(png.subarray(0, length)));
    const file = ziparFile(await encodeTrace(record));
    for (let length = 0; length < file.length; length += 7)
      await expectRefused(() => readTraceFile(file.subarray(0, length)));
  });

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['of another version', async () => withWord(await encodeTrace(record), 0, 2), 'version 2'],
    [
      'that claims an endless body',
      async () => withWord(await encodeTrace(record), 4, 0xffffffff),
      '4294967295',
    ],
    [
      'that grows beyond its claim',
      async () => joined([words(1, 1000), await deflate(new Uint8Array(1 << 24))]),
      'beyond the 1000 bytes',
    ],
    [
      'that holds less than its claim',
      async () => joined([words(1, 9), await deflate(new Uint8Array(4))]),
      '9',
    ],
    ['without fields', () => traceOf({}), '"origin"'],
    ['whose description is a list', () => traceOf([]), 'no object'],
  ])('%s is refused, and the message says why', async (_, bytes, named) => {
    const trace = await bytes();
    await expect(decodeTrace(trace)).rejects.toThrow(named);
    await expect(decodeTrace(trace)).rejects.toBeInstanceOf(TraceFileError);
  });

  it('that is neither a PNG nor a .zipar file is refused', async () => {
    await expect(readTraceFile(new TextEncoder().encode('hello'))).rejects.toThrow('neither a PNG nor');
  });
});

function withWord(bytes: Uint8Array<ArrayBuffer>, at: number, value: number): Uint8Array {
  new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
}

/** The trace with damage in its inflated body, under a checksum that fits again. */
async function damagedInside(
  trace: Uint8Array,
  edit: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const stream = new DecompressionStream('deflate');
  const body = new Response(new Blob([trace.slice(8)]).stream().pipeThrough(stream));
  const damaged = edit(new Uint8Array(await body.arrayBuffer()));
  return joined([words(1, damaged.length), await deflate(damaged)]);
}

async function expectReadOrRefused(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(TraceFileError);
  }
}

async function expectRefused(read: () => Promise<unknown>): Promise<void> {
  await expect(read()).rejects.toBeInstanceOf(TraceFileError);
}
