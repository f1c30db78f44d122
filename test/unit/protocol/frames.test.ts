import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFrame,
  encodeFile,
  encodePicture,
  encodeSnapshot,
  FrameError,
  type Judgement,
  type Snapshot,
} from '../../../sidecar/protocol';

/** At most one a step, of the first cells of rows but the top one. */
function judgements(height: number, width: number, steps: number): fc.Arbitrary<readonly Judgement[]> {
  if (height === 1) return fc.constant([]);
  const judgement = fc.record({
    step: fc.integer({ min: 1, max: Math.max(steps, 1) }),
    position: fc.integer({ min: 1, max: height - 1 }).map((row) => row * width),
    token: fc.nat(0x7fffffff),
    accepted: fc.boolean(),
    narrower: fc.float({ noNaN: true }),
    wider: fc.float({ noNaN: true }),
  });
  return fc
    .uniqueArray(judgement, { maxLength: steps, selector: ({ step }) => step })
    .map((list) => list.sort((a, b) => a.step - b.step));
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
      probability: array(fc.float({ noNaN: true }), cells).map((list) => Float32Array.from(list)),
      entropy: array(fc.float({ noNaN: true }), cells).map((list) => Float32Array.from(list)),
      stepMs: array(fc.float({ noNaN: true }), step).map((list) => Float32Array.from(list)),
      judgements: judgements(height, width, step),
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

describe('judgements in a snapshot', () => {
  const cells = 6;
  const snapshot: Snapshot = {
    runId: 1,
    step: 5,
    leastSteps: 6,
    height: 2,
    width: 3,
    decided: Uint32Array.of(5),
    tokens: new Int32Array(cells),
    stepOf: new Int32Array(cells),
    probability: new Float32Array(cells),
    entropy: new Float32Array(cells),
    stepMs: new Float32Array(5),
    judgements: [
      { step: 3, position: 3, token: 7, accepted: false, narrower: 0.5, wider: 0.25 },
      { step: 4, position: 3, token: 8, accepted: true, narrower: 0.25, wider: 0.75 },
    ],
  };
  /** Where the second judgement begins, counted from the end. */
  const SECOND = 24;

  function damaged(fromEnd: number, value: number): Uint8Array {
    const bytes = encodeSnapshot(snapshot);
    new DataView(bytes.buffer).setUint32(bytes.length - fromEnd, value, true);
    return bytes;
  }

  it.each([
    ['a step that is not done yet', SECOND, 6, 'up to 5'],
    ['steps out of order', SECOND, 3, 'after 3'],
    ['a cell outside the grid', SECOND - 4, 6, 'cell 6'],
    ['a cell that begins no row', SECOND - 4, 4, 'cell 4'],
    ['the first cell of all', SECOND - 4, 0, 'cell 0'],
    ['a verdict that is neither', SECOND - 12, 2, 'neither 0 nor 1'],
  ])('are refused with %s', (_, fromEnd, value, named) => {
    expect(() => decodeFrame(damaged(fromEnd, value))).toThrow(named);
    expect(() => decodeFrame(damaged(fromEnd, value))).toThrow(FrameError);
  });

  it('are refused when there are more of them than steps, before any is read', () => {
    const bytes = encodeSnapshot(snapshot);
    new DataView(bytes.buffer).setUint32(16 + 16, 0xffffffff, true);
    expect(() => decodeFrame(bytes)).toThrow('4294967295 judgements of 5 steps');
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
