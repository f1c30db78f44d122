import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFrame,
  encodeFile,
  encodePicture,
  encodeSnapshot,
  FrameError,
  type CellTrack,
  type Snapshot,
  type StepEvent,
} from '../../../sidecar/protocol';

/** Random events, in the order of steps. */
function events(cells: number, steps: number): fc.Arbitrary<readonly StepEvent[]> {
  if (steps === 0) return fc.constant([]);
  const place = {
    step: fc.integer({ min: 1, max: steps }),
    position: fc.nat(cells - 1),
    token: fc.nat(0x7fffffff),
  };
  const event: fc.Arbitrary<StepEvent> = fc.oneof(
    fc.record({
      kind: fc.constant('judged' as const),
      ...place,
      accepted: fc.boolean(),
      narrower: fc.float({ noNaN: true }),
      wider: fc.float({ noNaN: true }),
    }),
    fc.record({ kind: fc.constantFrom('drafted' as const, 'confirmed' as const), ...place }),
    fc.record({ kind: fc.constant('corrected' as const), ...place, draft: fc.nat(0x7fffffff) }),
  );
  return fc.array(event, { maxLength: 3 * steps }).map((list) => list.sort((a, b) => a.step - b.step));
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });

function tracks(cells: number): fc.Arbitrary<readonly CellTrack[]> {
  const number = fc.float({ noNaN: true, noDefaultInfinity: true });
  const track = fc.record({
    name: text,
    label: text,
    unit: text,
    low: number,
    high: fc.option(number, { nil: undefined }),
    lowWord: text,
    highWord: text,
    digits: fc.nat(9),
    values: fc
      .array(fc.float({ noNaN: true }), { minLength: cells, maxLength: cells })
      .map((list) => Float32Array.from(list)),
  });
  return fc.uniqueArray(track, { maxLength: 4, selector: ({ name }) => name });
}

const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    runId: fc.nat(0xffffffff),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    step: fc.nat(20),
  })
  .chain(({ runId, height, width, step }) => {
    const cells = height * width;
    const array = <T>(item: fc.Arbitrary<T>, length: number) =>
      fc.array(item, { minLength: length, maxLength: length });
    return fc.record({
      runId: fc.constant(runId),
      step: fc.constant(step),
      leastSteps: fc.integer({ min: step, max: 0xffffffff }),
      height: fc.constant(height),
      width: fc.constant(width),
      decided: fc.uniqueArray(fc.nat(cells - 1), { maxLength: cells }).map((list) => Uint32Array.from(list)),
      tokens: array(fc.integer({ min: -1, max: 0x7fffffff }), cells).map((list) => Int32Array.from(list)),
      stepOf: array(fc.integer({ min: -1, max: 20 }), cells).map((list) => Int32Array.from(list)),
      stepMs: array(fc.float({ noNaN: true }), step).map((list) => Float32Array.from(list)),
      tracks: tracks(cells),
      events: events(cells, step),
    });
  });

/** The same bytes as a view at an odd offset of a larger buffer, the form in which sockets deliver them. */
function atOffset(bytes: Uint8Array, offset: number): Uint8Array {
  const larger = new Uint8Array(bytes.length + offset + 5).fill(0xee);
  larger.set(bytes, offset);
  return larger.subarray(offset, offset + bytes.length);
}

describe('snapshot frames', () => {
  it('come back as they were sent, from a view at any offset', () => {
    fc.assert(
      fc.property(snapshots, fc.nat(7), (snapshot, offset) => {
        const bytes = atOffset(encodeSnapshot(snapshot, 65_535), offset);
        const sent = { kind: 'snapshot', snapshot, edition: 65_535 };
        expect(decodeFrame(bytes)).toEqual(sent);
        expect(decodeFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))).toEqual(sent);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('are refused when truncated anywhere or too long', () => {
    fc.assert(
      fc.property(
        snapshots,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (snapshot, at, extra) => {
          const bytes = encodeSnapshot(snapshot);
          expect(() => decodeFrame(bytes.subarray(0, Math.floor(at * bytes.length)))).toThrow(FrameError);
          const longer = new Uint8Array(bytes.length + extra);
          longer.set(bytes);
          expect(() => decodeFrame(longer)).toThrow(FrameError);
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe('events and tracks of a snapshot', () => {
  const cells = 6;
  const track: CellTrack = {
    name: 'margin',
    label: 'Margin',
    unit: 'nats',
    low: 0,
    high: 2,
    lowWord: 'close',
    highWord: 'clear',
    digits: 2,
    values: new Float32Array(cells),
  };
  const snapshot: Snapshot = {
    runId: 1,
    step: 5,
    leastSteps: 6,
    height: 2,
    width: 3,
    decided: Uint32Array.of(5),
    tokens: new Int32Array(cells),
    stepOf: new Int32Array(cells),
    stepMs: new Float32Array(5),
    tracks: [track],
    events: [
      { kind: 'drafted', step: 3, position: 4, token: 9 },
      { kind: 'judged', step: 4, position: 3, token: 8, accepted: true, narrower: 0.25, wider: 0.75 },
    ],
  };
  /** Where the second event begins, in bytes from the end. */
  const SECOND = 28;

  function damaged(fromEnd: number, value: number): Uint8Array {
    const bytes = encodeSnapshot(snapshot);
    new DataView(bytes.buffer).setUint32(bytes.length - fromEnd, value, true);
    return bytes;
  }

  it.each([
    ['of an unknown kind', SECOND, 77, 'kind 77'],
    ['of a step that is not done yet', SECOND - 4, 6, 'step 6'],
    ['of a step before the one of the event before it', SECOND - 4, 2, 'step 2'],
    ['of a cell outside the grid', SECOND - 8, 6, 'cell 6'],
    ['with a verdict that is neither', SECOND - 16, 2, 'neither 0 nor 1'],
  ])('are refused with an event %s', (_, fromEnd, value, named) => {
    expect(() => decodeFrame(damaged(fromEnd, value))).toThrow(named);
    expect(() => decodeFrame(damaged(fromEnd, value))).toThrow(FrameError);
  });

  it.each([
    ['events', 16 + 20, 'payload'],
    ['tracks', 16 + 16, '4294967295 tracks'],
  ])('are refused when more %s are claimed than a frame holds, before any is read', (_, at, named) => {
    const bytes = encodeSnapshot(snapshot);
    new DataView(bytes.buffer).setUint32(at, 0xffffffff, true);
    expect(() => decodeFrame(bytes)).toThrow(named);
  });

  it.each([
    ['two tracks of one name', [track, track], 'two tracks "margin"'],
    ['an endless range', [{ ...track, low: -Infinity }], 'endless range'],
    ['too many decimals', [{ ...track, digits: 10 }], '10 decimals'],
    ['a name that is too long', [{ ...track, name: 'm'.repeat(201) }], '201 bytes'],
  ])('are refused with %s', (_, wrong, named) => {
    expect(() => decodeFrame(encodeSnapshot({ ...snapshot, tracks: wrong }))).toThrow(named);
  });

  it('come with a run that takes as many steps as it has done, at least', () => {
    expect(() => decodeFrame(encodeSnapshot({ ...snapshot, leastSteps: 4 }))).toThrow('takes 4 at least');
  });
});

describe('any bytes', () => {
  it('are read or refused with a FrameError, never anything else', () => {
    const mutated = snapshots.chain((snapshot) => {
      const bytes = encodeSnapshot(snapshot);
      return fc
        .array(fc.tuple(fc.nat(Math.min(55, bytes.length - 1)), fc.nat(255)), { maxLength: 6 })
        .map((edits) => {
          const copy = bytes.slice();
          for (const [at, value] of edits) copy[at] = value;
          return copy;
        });
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  it.each([
    ['version', 4, 9],
    ['kind', 5, 77],
    ['magic', 0, 0],
  ])('of another %s are refused by name', (_, at, value) => {
    const bytes = encodePicture({
      runId: 1,
      step: 1,
      id: 1,
      width: 1,
      height: 1,
      rgb: Uint8Array.of(1, 2, 3),
    });
    bytes[at] = value;
    expect(() => decodeFrame(bytes)).toThrow(FrameError);
  });
});

describe('picture and file frames', () => {
  it('come back as they were sent', () => {
    const picture = { runId: 3, step: 4, id: 5, width: 2, height: 1, rgb: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(decodeFrame(atOffset(encodePicture(picture), 3))).toEqual({ kind: 'picture', picture });
    const file = { runId: 3, id: 5, mediaType: 'image/png', bytes: Uint8Array.of(9, 8, 7) };
    expect(decodeFrame(atOffset(encodeFile(file), 1))).toEqual({ kind: 'file', file });
  });

  it('are refused when their size is not the one claimed', () => {
    const bytes = encodePicture({ runId: 1, step: 1, id: 1, width: 2, height: 1, rgb: new Uint8Array(6) });
    new DataView(bytes.buffer).setUint32(20, 16000, true);
    expect(() => decodeFrame(bytes)).toThrow('payload');
    new DataView(bytes.buffer).setUint32(20, 0xffffffff, true);
    expect(() => decodeFrame(bytes)).toThrow('outside 1..16384');
  });
});
