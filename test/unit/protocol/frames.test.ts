import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFrame,
  encodeFile,
  encodePicture,
  encodeSnapshot,
  FrameError,
  type Snapshot,
} from '../../../sidecar/protocol';

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
      height: fc.constant(height),
      width: fc.constant(width),
      decided: fc.uniqueArray(fc.nat(cells - 1), { maxLength: cells }).map((list) => Uint32Array.from(list)),
      tokens: array(fc.integer({ min: -1, max: 0x7fffffff }), cells).map((list) => Int32Array.from(list)),
      stepOf: array(fc.integer({ min: -1, max: 20 }), cells).map((list) => Int32Array.from(list)),
      probability: array(fc.float({ noNaN: true }), cells).map((list) => Float32Array.from(list)),
      entropy: array(fc.float({ noNaN: true }), cells).map((list) => Float32Array.from(list)),
      stepMs: array(fc.float({ noNaN: true }), step).map((list) => Float32Array.from(list)),
    });
  });

/** The same bytes as a view at an odd offset of a larger buffer, as sockets hand them out. */
function atOffset(bytes: Uint8Array, offset: number): Uint8Array {
  const larger = new Uint8Array(bytes.length + offset + 5).fill(0xee);
  larger.set(bytes, offset);
  return larger.subarray(offset, offset + bytes.length);
}

describe('snapshot frames', () => {
  it('come back as they were sent, from a view at any offset', () => {
    fc.assert(
      fc.property(snapshots, fc.nat(7), (snapshot, offset) => {
        const bytes = atOffset(encodeSnapshot(snapshot), offset);
        expect(decodeFrame(bytes)).toEqual({ kind: 'snapshot', snapshot });
        expect(decodeFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))).toEqual({
          kind: 'snapshot',
          snapshot,
        });
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

describe('any bytes', () => {
  it('are read or refused with a FrameError, never anything else', () => {
    const mutated = snapshots.chain((snapshot) => {
      const bytes = encodeSnapshot(snapshot);
      return fc
        .array(fc.tuple(fc.nat(Math.min(47, bytes.length - 1)), fc.nat(255)), { maxLength: 6 })
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
