import { FrameError, littleEndianBytes, type FrameReader } from './frame-bytes';
import { encodeEvents, EVENT_BYTES, MAX_GRID_SIDE, readEvents, type Snapshot } from './snapshot-frame';
import type { StepEvent } from './step-events';

/** What was added to a run between an earlier step, `base`, and a later step. */
export interface SnapshotChanges {
  readonly runId: number;
  readonly step: number;
  /** The earlier step, 0..step. */
  readonly base: number;
  readonly leastSteps: number;
  readonly height: number;
  readonly width: number;
  /** Raster positions of the cells decided since, rising. */
  readonly positions: Uint32Array;
  /** Token and step of each of these cells. */
  readonly tokens: Int32Array;
  readonly stepOf: Int32Array;
  /** Wall time of each step since, ms. */
  readonly stepMs: Float32Array;
  /** The tracks in the order of the run. Each array has the track's value for each of these cells. */
  readonly tracks: readonly Float32Array[];
  /** In the order of steps. */
  readonly events: readonly StepEvent[];
}

/** What was added to the run of a snapshot after step `base`. */
export function changesSince(snapshot: Snapshot, base: number): SnapshotChanges {
  const { runId, step, leastSteps, height, width, tokens, stepOf, stepMs, tracks, events } = snapshot;
  const positions: number[] = [];
  stepOf.forEach((decidedIn, position) => {
    if (decidedIn > base) positions.push(position);
  });
  return {
    ...{ runId, step, base, leastSteps, height, width },
    positions: Uint32Array.from(positions),
    tokens: Int32Array.from(positions, (position) => tokens[position] ?? 0),
    stepOf: Int32Array.from(positions, (position) => stepOf[position] ?? 0),
    stepMs: stepMs.slice(base),
    tracks: tracks.map(({ values }) => Float32Array.from(positions, (position) => values[position] ?? 0)),
    events: events.filter((event) => event.step > base),
  };
}

/**
 * The snapshot after the changes. Undefined when they do not fit: the snapshot is of another run, or older than the changes'
 * base. A snapshot that already has the last step of the changes, or a later one, stays as it is.
 */
export function withChanges(snapshot: Snapshot, changes: SnapshotChanges): Snapshot | undefined {
  const { height, width, runId } = changes;
  const isSame = snapshot.runId === runId && snapshot.height === height && snapshot.width === width;
  if (!isSame || snapshot.step < changes.base || snapshot.tracks.length !== changes.tracks.length)
    return undefined;
  if (snapshot.step >= changes.step) return snapshot;
  const { step, base, leastSteps, positions } = changes;
  const tokens = snapshot.tokens.slice();
  const stepOf = snapshot.stepOf.slice();
  const tracks = snapshot.tracks.map((track) => ({ ...track, values: track.values.slice() }));
  positions.forEach((position, i) => {
    tokens[position] = changes.tokens[i] ?? 0;
    stepOf[position] = changes.stepOf[i] ?? 0;
    for (const [t, { values }] of tracks.entries()) values[position] = changes.tracks[t]?.[i] ?? 0;
  });
  const stepMs = new Float32Array(step);
  stepMs.set(snapshot.stepMs.subarray(0, base));
  stepMs.set(changes.stepMs, base);
  return {
    ...{ runId, step, leastSteps, height, width, tokens, stepOf, stepMs, tracks },
    decided: positions.filter((position) => stepOf[position] === step),
    events: [...snapshot.events.filter((event) => event.step <= base), ...changes.events],
  };
}

/**
 * Encodes the payload of changes. The header: height u32, width u32, leastSteps u32, base u32, cell count u32, track count u32,
 * event count u32. The arrays follow: positions u32[], tokens i32[], stepOf i32[], stepMs f32[step - base], each track's
 * numbers f32[], and the events as in a snapshot.
 */
export function encodeChangesPayload(changes: SnapshotChanges): readonly Uint8Array[] {
  const { height, width, leastSteps, base, positions, tokens, stepOf, stepMs, tracks, events } = changes;
  const counts = [height, width, leastSteps, base, positions.length, tracks.length, events.length];
  return [
    ...[Uint32Array.from(counts), positions, tokens, stepOf, stepMs, ...tracks].map(littleEndianBytes),
    encodeEvents(events),
  ];
}

/** @throws FrameError */
export function readChangesPayload(reader: FrameReader, runId: number, step: number): SnapshotChanges {
  const height = reader.side(MAX_GRID_SIDE, 'grid height');
  const width = reader.side(MAX_GRID_SIDE, 'grid width');
  const leastSteps = reader.uint32();
  const base = reader.uint32();
  const [count, trackCount, eventCount] = [reader.uint32(), reader.uint32(), reader.uint32()];
  const cells = height * width;
  if (base > step || leastSteps < step || count > cells)
    throw new FrameError(
      `Frame claims ${count} changed cells from step ${base} to step ${step} of ${leastSteps}, which cannot be.`,
    );
  reader.expectRemaining(12 * count + 4 * (step - base) + 4 * count * trackCount + EVENT_BYTES * eventCount);
  const positions = new Uint32Array(reader.words(count));
  for (const [i, position] of positions.entries())
    if (position >= cells || position <= (positions[i - 1] ?? -1))
      throw new FrameError(`Frame changes cell ${position} of a grid of ${cells}, out of order.`);
  const tokens = new Int32Array(reader.words(count));
  const stepOf = new Int32Array(reader.words(count));
  for (const decidedIn of stepOf)
    if (decidedIn <= base || decidedIn > step)
      throw new FrameError(`Frame decides a cell in step ${decidedIn}, outside ${base + 1}..${step}.`);
  const stepMs = new Float32Array(reader.words(step - base));
  const tracks = Array.from({ length: trackCount }, () => new Float32Array(reader.words(count)));
  const events = readEvents(reader, eventCount, { step, cells });
  return { runId, step, base, leastSteps, height, width, positions, tokens, stepOf, stepMs, tracks, events };
}
